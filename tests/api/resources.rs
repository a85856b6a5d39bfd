//! Each resource: a good question and a bad one.

use super::house::House;
use serde_json::Value;

fn items(answer: &Value) -> &Vec<Value> {
    answer["items"].as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value}"))
}

fn escaped(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[tokio::test]
async fn clock_district_rules_health() {
    // Proves: the small resources say what was handed in: the clock's kind and time, the ledger's district, the catalogue, the record.
    let house = House::built().await;
    let clock = house.json("/api/v1/clock").await;
    assert_eq!((text(&clock["kind"]), clock["now_ms"].as_i64().unwrap()), ("given", house.clock.now().as_millis()));
    let district = house.json("/api/v1/district").await;
    assert_eq!((district["synthetic"].as_bool(), district["ledger_revision"].as_u64()), (Some(true), Some(1)));
    let bbox: Vec<f64> = district["bbox"].as_array().unwrap().iter().map(|edge| edge.as_f64().unwrap()).collect();
    assert!(bbox[0] < bbox[2] && bbox[1] < bbox[3] && (113.0..114.5).contains(&bbox[0]), "{bbox:?}");
    let rules = house.json("/api/v1/rules").await;
    let rules = rules.as_array().unwrap();
    assert_eq!(rules.len(), muckwatch::rules::SPECS.len());
    assert!(rules.iter().all(|rule| rule["limits"].as_object().is_some_and(|limits| !limits.is_empty())));
    let health = house.json("/api/v1/health").await;
    assert_eq!((text(&health["status"]), text(&health["record"]["state"])), ("ok", "good"));
    assert_eq!(health["worker"]["lag_inputs"], 0);
    assert!(health["record"]["durable_seq"].as_u64().unwrap() > 100);
}

#[tokio::test]
async fn map_and_summary() {
    // Proves: every site, place and zone of the ledger is on the map as a closed shape, and the counts add up.
    let house = House::built().await;
    let map = house.json("/api/v1/map").await;
    for layer in ["district", "sites", "places", "zones"] {
        let features = map[layer]["features"].as_array().unwrap();
        assert!(!features.is_empty(), "{layer}");
        assert!(features.iter().all(|feature| text(&feature["geometry"]["type"]) == "MultiPolygon"), "{layer}");
    }
    assert_eq!(map["roads"]["features"].as_array().unwrap().len(), 0, "no base map was given");
    assert!(map["zones"]["features"][0]["properties"]["hours_zh"].is_string());
    let summary = house.json("/api/v1/summary").await;
    let count = |name: &str| summary["terminals"][name].as_u64().unwrap();
    assert_eq!(count("online"), count("moving") + count("stopped"));
    assert_eq!(summary["quarantined"], 1);
    assert!(summary["vehicles"].as_u64().unwrap() > 10 && count("never") > 10);
    assert_eq!(summary["open"].as_object().unwrap().len(), muckwatch::rules::SPECS.len());
}

#[tokio::test]
async fn violations_and_why() {
    // Proves: what the simulator's driver did is in the list under its rule and subject, and its detail rests on fixes, values
    // beside limits, the zone's outline and a history that began with its opening.
    let house = House::built().await;
    let vehicle = &house.yellow.subject.id;
    let list = house.json(&format!("/api/v1/violations?rule=yellow_zone&vehicle={vehicle}")).await;
    let row = &items(&list)[0];
    assert_eq!((text(&row["subject"]["id"]), text(&row["family"])), (vehicle.as_str(), "yellow_label"));
    assert!(row["start_ms"].as_i64().unwrap() < house.yellow.to.as_millis());
    assert!(!text(&row["sentence_zh"]).is_empty() && !text(&row["sentence_en"]).is_empty());
    let detail = house.json(&format!("/api/v1/violations/{}", text(&row["id"]))).await;
    assert_eq!(detail["id"], row["id"]);
    assert!(detail["why"].as_array().unwrap().iter().any(|line| line["exceeded"] == true));
    assert!(detail["parameters"].as_object().unwrap().contains_key("enter_after_s"));
    assert!(detail["fixes"].as_array().unwrap().len() >= 2);
    assert_eq!(text(&detail["object_area"]["type"]), "MultiPolygon");
    assert_eq!(text(&detail["corrections"][0]["kind"]), "opened");
    assert_eq!(house.problem("/api/v1/violations/xyz").await, (400, "bad_parameter".to_owned()));
    assert_eq!(house.problem(&format!("/api/v1/violations/{}", "0".repeat(32))).await, (404, "not_found".to_owned()));
}

#[tokio::test]
async fn violations_page_and_filter() {
    // Proves: pages of one go through the whole list once, newest first; filters hold; nonsense is refused.
    let house = House::built().await;
    let all = house.json("/api/v1/violations").await;
    let all: Vec<u64> = items(&all).iter().map(|row| row["append"].as_u64().unwrap()).collect();
    assert!(all.len() >= 2 && all.is_sorted_by(|a, b| a > b), "{all:?}");
    let (mut seen, mut path) = (Vec::new(), "/api/v1/violations?limit=1".to_owned());
    loop {
        let page = house.json(&path).await;
        seen.extend(items(&page).iter().map(|row| row["append"].as_u64().unwrap()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/violations?limit=1&cursor={cursor}");
    }
    assert_eq!(seen, all);
    let terminal = house.stranger;
    let unknown = house.json(&format!("/api/v1/violations?terminal={terminal}&rule=unknown_terminal")).await;
    assert!(
        items(&unknown).iter().all(|row| text(&row["subject"]["kind"]) == "terminal") && !items(&unknown).is_empty()
    );
    let none = house.json("/api/v1/violations?to=2020-01-01T00:00:00%2B08:00").await;
    assert_eq!((items(&none).len(), none["next_cursor"].is_null()), (0, true));
    for bad in
        ["limit=0", "limit=501", "cursor=x", "rule=nonsense", "grade=D", "from=yesterday", "terminal=zz", "nonsense=1"]
    {
        assert_eq!(
            house.problem(&format!("/api/v1/violations?{bad}")).await,
            (400, "bad_parameter".to_owned()),
            "{bad}"
        );
    }
}

#[tokio::test]
async fn vehicles_by_what_was_read_of_the_plate() {
    // Proves: a plate, one with an unreadable character and a fragment find the truck with its verdict; a stranger's plate is said
    // not to be in the ledger; too little to go by is refused.
    let house = House::built().await;
    let id = &house.yellow.subject.id;
    let card = house.json(&format!("/api/v1/vehicles/{id}?reason=road_check")).await;
    let number = text(&card["plate"]["number"]).to_owned();
    let blurred: String = number.chars().enumerate().map(|(place, c)| if place == 4 { '?' } else { c }).collect();
    let tail: String = number.chars().skip(number.chars().count() - 4).collect();
    for typed in [&number, &blurred, &tail] {
        let found = house.json(&format!("/api/v1/vehicles?plate={}&reason=road_check", escaped(typed))).await;
        assert!(items(&found).iter().any(|card| text(&card["id"]) == id), "{typed}");
        assert!(found["verdict"].is_null());
    }
    let missing = house.json(&format!("/api/v1/vehicles?plate={}&reason=report", escaped("琼Z99999"))).await;
    assert_eq!((items(&missing).len(), text(&missing["verdict"]["code"])), (0, "not_in_ledger"));
    assert_eq!(house.problem("/api/v1/vehicles?plate=A1&reason=report").await, (400, "bad_parameter".to_owned()));
    assert_eq!(house.problem("/api/v1/vehicles?reason=report").await, (400, "bad_parameter".to_owned()));
    assert_eq!(house.problem("/api/v1/vehicles/none?reason=report").await, (404, "not_found".to_owned()));
}

#[tokio::test]
async fn a_card_has_everything_the_verdict_rests_on() {
    // Proves: the yellow-label truck's card carries label, device, last fix with its age, and the violation found.
    let house = House::built().await;
    let card = house.json(&format!("/api/v1/vehicles/{}?reason=road_check", house.yellow.subject.id)).await;
    assert!(card["labels"].as_array().unwrap().iter().any(|label| text(&label["label"]) == "yellow"));
    assert_eq!(text(&card["terminals"][0]["terminal"]), house.device.to_string());
    assert_eq!(text(&card["last_fix"]["quality"]), "good");
    let age = card["verdict"]["data_age_s"].as_i64().unwrap();
    assert_eq!(age, (house.clock.now().as_millis() - card["last_fix"]["at_ms"].as_i64().unwrap()) / 1000);
    assert!(card["violations"].as_array().unwrap().iter().any(|row| text(&row["rule"]) == "yellow_zone"));
    assert!(text(&card["verdict"]["rests_on_zh"]).contains("台账第 1 版"), "{card}");
}

#[tokio::test]
async fn tracks_go_on_page_by_page() {
    // Proves: pages join to the whole without a hole or a double, in event order, both times in each fix; the frame comes on demand.
    let house = House::built().await;
    let path = format!("/api/v1/terminals/{}/track?reason=duty", house.device);
    let whole = house.json(&path).await;
    let key = |point: &Value| {
        (point["at_ms"].as_i64().unwrap(), point["seq"].as_u64().unwrap(), point["part"].as_u64().unwrap())
    };
    let all: Vec<_> = items(&whole).iter().map(key).collect();
    assert!(all.len() > 20 && all.is_sorted());
    assert_eq!(text(&whole["vehicle"]["id"]), house.yellow.subject.id);
    let (mut seen, mut next) = (Vec::new(), format!("{path}&limit=7"));
    loop {
        let page = house.json(&next).await;
        seen.extend(items(&page).iter().map(key));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        next = format!("{path}&limit=7&cursor={cursor}");
    }
    assert_eq!(seen, all);
    assert!(items(&whole)[0]["raw_hex"].is_null());
    let raw = house.json(&format!("{path}&limit=1&raw=1")).await;
    assert!(text(&items(&raw)[0]["raw_hex"]).starts_with("7e"));
    let by_vehicle = house.json(&format!("/api/v1/vehicles/{}/track?reason=duty", house.yellow.subject.id)).await;
    assert_eq!(items(&by_vehicle).len(), all.len());
    for bad in ["limit=5001", "from=x", "from=2&to=1", "cursor=e.1"] {
        assert_eq!(house.problem(&format!("{path}&{bad}")).await, (400, "bad_parameter".to_owned()), "{bad}");
    }
}

#[tokio::test]
async fn a_span_cuts_the_track_by_event_time() {
    // Proves: only fixes with an event time in [from, to) come, and a stretch without any is told as a gap.
    let house = House::built().await;
    let path = format!("/api/v1/terminals/{}/track?reason=duty", house.device);
    let whole = house.json(&path).await;
    let at: Vec<i64> = items(&whole).iter().map(|point| point["at_ms"].as_i64().unwrap()).collect();
    let (from, to) = (at[at.len() / 3], at[2 * at.len() / 3]);
    let part = house.json(&format!("{path}&from={from}&to={to}")).await;
    let expected = at.iter().filter(|at| (from..to).contains(*at)).count();
    assert_eq!(items(&part).len(), expected);
    for gap in whole["gaps"].as_array().unwrap() {
        assert!(gap["to_ms"].as_i64().unwrap() - gap["from_ms"].as_i64().unwrap() > 120_000, "{gap}");
    }
}

#[tokio::test]
async fn frames_field_by_field() {
    // Proves: a recorded frame comes with its bytes and a layout that covers them; an input that is no frame does not.
    let house = House::built().await;
    let track = house.json(&format!("/api/v1/terminals/{}/track?reason=duty&limit=1&raw=1", house.device)).await;
    let point = &items(&track)[0];
    let frame = house.json(&format!("/api/v1/frames/{}", point["seq"])).await;
    assert_eq!(frame["raw_hex"], point["raw_hex"]);
    let fields = frame["fields"].as_array().unwrap();
    let joined: String = fields.iter().map(|field| text(&field["raw_hex"])).collect();
    assert_eq!(joined, text(&frame["plain_hex"]));
    assert!(
        fields.iter().any(|field| text(&field["name_zh"]) == "纬度" && text(&field["value"]).ends_with('°')),
        "{frame}"
    );
    assert_eq!(house.problem("/api/v1/frames/1").await, (404, "not_found".to_owned()), "input 1 is the ledger");
    assert_eq!(house.problem("/api/v1/frames/99999999").await, (404, "not_found".to_owned()));
    assert_eq!(house.problem("/api/v1/frames/x").await, (400, "bad_parameter".to_owned()));
    let huge = u64::MAX;
    for path in [format!("/api/v1/frames/{huge}"), format!("/api/v1/commands/{huge}")] {
        assert_eq!(house.problem(&path).await, (404, "not_found".to_owned()), "{path}");
    }
    for path in ["violations", "commands"] {
        let path = format!("/api/v1/{path}?cursor={huge}");
        assert_eq!(house.problem(&path).await, (400, "bad_parameter".to_owned()), "{path}");
    }
}

#[tokio::test]
async fn terminals_in_quarantine() {
    // Proves: only the stranger is quarantined, and its claimed plate is a lead.
    let house = House::built().await;
    let strangers = house.json("/api/v1/terminals?quarantined=true").await;
    let [stranger] = strangers.as_array().unwrap().as_slice() else { panic!("one stranger: {strangers}") };
    assert_eq!(text(&stranger["terminal"]), house.stranger.to_string());
    assert!(stranger["last_seen_ms"].as_i64().unwrap() >= stranger["first_seen_ms"].as_i64().unwrap());
    assert_eq!(stranger["claimed_plate"].is_null(), stranger["lead_zh"].is_null());
    let known = house.json("/api/v1/terminals?quarantined=false").await;
    assert_eq!(known.as_array().unwrap().len(), 1);
    assert_eq!(house.problem("/api/v1/terminals?quarantined=perhaps").await, (400, "bad_parameter".to_owned()));
}
