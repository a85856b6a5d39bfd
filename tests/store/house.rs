//! What `ReportStore` and `MapStore` promise.

use muckwatch::store::{
    SqlStore,
    import::MapLayers,
    map::MapStore as _,
    reports::{Heard, Report, ReportStore as _},
};
use std::time::Duration;

const HOUR: Duration = Duration::from_hours(1);

fn report(role: &str, name: &str, frames: f64) -> Report {
    let figures = [("gateway_frames".to_owned(), frames)].into();
    let failing = [("copy".to_owned(), "nothing was copied for 20 s".to_owned())].into();
    let failing_zh = [("copy".to_owned(), "20 秒没有复制".to_owned())].into();
    Report { role: role.to_owned(), name: name.to_owned(), failing, failing_zh, figures }
}

pub(crate) async fn a_process_is_known_by_its_newest_report(store: &SqlStore) {
    // Proves: what a process says replaces what it said, its age is told, one that ended in order is not missed, and what is
    // older than asked for is left out, but no gateway.
    for said in [report("gateway", "2", 1.0), report("gateway", "1", 5.0), report("gateway", "2", 7.0)] {
        store.report(&said).await.unwrap();
    }
    store.report(&report("worker", "w", 0.0)).await.unwrap();
    store.withdraw("worker", "w").await.unwrap();
    let heard: Vec<Heard> = store.reports(HOUR).await.unwrap();
    let reports: Vec<Report> = heard.iter().map(|heard| heard.report.clone()).collect();
    assert_eq!(reports, [report("gateway", "1", 5.0), report("gateway", "2", 7.0)]);
    assert!(heard.iter().all(|heard| (0..60_000).contains(&heard.age_ms)), "{heard:?}");
    store.report(&report("api", "a", 0.0)).await.unwrap();
    let old = async || store.reports(Duration::from_millis(1)).await.unwrap();
    while old().await.iter().any(|heard| heard.report.role == "api") {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    assert_eq!(old().await.len(), 2, "both gateways");
}

pub(crate) async fn a_layer_that_is_absent_stays(store: &SqlStore) {
    // Proves: layers come back as they went in, the newest of each, and one that is not given is not taken away.
    assert_eq!(store.layers().await.unwrap(), MapLayers::default());
    let layers = |roads: &str, townships: Option<&str>| MapLayers {
        roads: Some(roads.to_owned()),
        townships: townships.map(str::to_owned),
    };
    store.put_layers(&layers("路", Some("乡"))).await.unwrap();
    store.put_layers(&layers("新路", None)).await.unwrap();
    assert_eq!(store.layers().await.unwrap(), layers("新路", Some("乡")));
}
