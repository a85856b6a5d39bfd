//! Texts to drivers: ordered once, logged, shown as far as they are.

use super::house::{Answer, House};
use axum::http::StatusCode;
use muckwatch::{
    model::ids::GatewayNumber,
    store::commands::{Answer as TerminalAnswer, CommandNumber, CommandStore, Delivery},
};
use serde_json::{Value, json};

const PATH: &str = "/api/v1/commands";

fn order(house: &House) -> Value {
    json!({"key": "k-1", "terminal": house.device.to_string(), "plate": null, "text": "请靠边停车", "urgency": "urgent", "reason": "road_check"})
}

fn with(mut order: Value, field: &str, value: &Value) -> Value {
    order[field] = value.clone();
    order
}

async fn refused(house: &House, order: &Value) -> (u16, String) {
    let answer: Answer = house.post(PATH, order).await;
    (answer.status.as_u16(), answer.problem())
}

#[tokio::test]
async fn an_order_is_logged_and_shown_as_far_as_it_is() {
    // Proves: an order is one line of the query log and one command, by plate as by terminal; its states and its history
    // are shown; the same key again is the same command.
    let house = House::built().await;
    let answer = house.post(PATH, &order(&house)).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let command = answer.json();
    assert_eq!((&command["state"], &command["text"]), (&json!("queued"), &json!("请靠边停车")));
    let log = house.json("/api/v1/query-log?limit=1").await;
    let line = &log["items"][0];
    assert_eq!((&line["kind"], &line["reason"]), (&json!("command"), &json!("road_check")));
    assert!(line["detail"].as_str().unwrap().contains("请靠边停车"));
    let again = house.post(PATH, &order(&house)).await;
    assert_eq!((again.status, again.json()["number"].clone()), (StatusCode::OK, command["number"].clone()));
    let plate = command["plate"]["number"].clone();
    let by_plate = with(with(with(order(&house), "terminal", &json!(null)), "plate", &plate), "key", &json!("k-2"));
    let second = house.post(PATH, &by_plate).await;
    assert_eq!((second.status, second.json()["terminal"].clone()), (StatusCode::CREATED, command["terminal"].clone()));

    let number = CommandNumber(command["number"].as_u64().unwrap());
    let delivery = Delivery { number, gateway: GatewayNumber::ALONE, attempt: 1 };
    let at = house.clock.now();
    assert!(house.store.take(delivery, at, at).await.unwrap() && house.store.sent(delivery, 7, at).await.unwrap());
    assert!(house.store.settle(delivery, TerminalAnswer { serial: 7, result: 3, at }).await.unwrap());
    let shown = house.json(&format!("{PATH}/{}", number.0)).await;
    assert_eq!((&shown["command"]["state"], &shown["command"]["result"]), (&json!("refused"), &json!(3)));
    let kinds: Vec<_> = shown["events"].as_array().unwrap().iter().map(|event| event["kind"].clone()).collect();
    assert_eq!(kinds, ["queued", "taken", "sent", "refused"]);
    let page = house.json(&format!("{PATH}?terminal={}&limit=1", house.device)).await;
    assert_eq!(page["items"][0]["number"], second.json()["number"]);
    let rest = house.json(&format!("{PATH}?cursor={}", page["next_cursor"].as_str().unwrap())).await;
    assert_eq!(rest["items"][0]["number"], command["number"]);
}

#[tokio::test]
async fn what_cannot_be_ordered_is_said() {
    // Proves: without reason, addressee, words or key, with words no terminal can show, with a used key, for a plate that
    // is not there, or beyond what one driver reads, nothing is queued and the answer says why.
    let house = House::built().await;
    let good = order(&house);
    assert_eq!(refused(&house, &with(good.clone(), "reason", &json!(null))).await.1, "reason_required");
    let nobody = json!("豫Z99999");
    for (field, value) in [
        ("terminal", json!(null)),
        ("terminal", json!("12x")),
        ("plate", nobody.clone()),
        ("text", json!("  ")),
        ("text", json!("停🚚")),
        ("text", json!("停".repeat(511))),
        ("key", json!("")),
        ("key", json!("a b")),
        ("reason", json!("curiosity")),
        ("more", json!(1)),
    ] {
        assert_eq!(
            refused(&house, &with(good.clone(), field, &value)).await,
            (400, "bad_parameter".to_owned()),
            "{field}"
        );
    }
    let unknown = with(with(good.clone(), "terminal", &json!(null)), "plate", &nobody);
    assert_eq!(refused(&house, &unknown).await, (404, "not_found".to_owned()));
    assert_eq!(house.json(PATH).await["items"], json!([]));
    for key in 0..8 {
        let one = with(good.clone(), "key", &json!(format!("k{key}")));
        assert_eq!(house.post(PATH, &one).await.status, StatusCode::CREATED);
    }
    assert_eq!(refused(&house, &with(good.clone(), "key", &json!("k9"))).await, (429, "queue_full".to_owned()));
    let other = with(with(good, "key", &json!("k1")), "text", &json!("别的"));
    assert_eq!(refused(&house, &other).await, (400, "bad_parameter".to_owned()));
    assert_eq!(house.problem(&format!("{PATH}/99")).await, (404, "not_found".to_owned()));
}
