//! What `SettingsStore` promises.

use muckwatch::store::settings::SettingsStore;

pub(crate) async fn the_first_value_stays(store: &dyn SettingsStore) {
    // Proves: of many founders all get what the first one wrote, also when they come at once.
    assert_eq!(store.setting("shards").await.unwrap(), None);
    let values: Vec<String> = (0..8).map(|it| it.to_string()).collect();
    let asked = values.iter().map(|value| store.found("shards", value));
    let got: Vec<String> = futures_util::future::join_all(asked).await.into_iter().map(Result::unwrap).collect();
    let stored = store.setting("shards").await.unwrap().unwrap();
    assert!(got.iter().all(|value| *value == stored), "{got:?} {stored}");
    assert_eq!(store.found("clock", "wall").await.unwrap(), "wall");
}
