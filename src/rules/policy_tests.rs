use super::*;
use crate::{model::ids::PolicyRevision, rules::RuleId};

fn change(from: i64, policy: &Policy) -> PolicyChange {
    PolicyChange {
        revision: PolicyRevision(0),
        hash: policy.digest(),
        from: Timestamp::from_millis(from),
        author: "test".into(),
        policy: policy.canonical(),
    }
}

#[test]
fn a_misspelt_parameter_is_an_error_and_a_missing_one_the_default() {
    // Proves: nobody tunes a rule that then runs on its defaults.
    let tuned = Policy::parse(r#"{"off_route":{"params":{"out_m":40.0}}}"#).expect("a policy");
    assert!((tuned.off_route.params.out_m - 40.0).abs() < f64::EPSILON);
    assert!((tuned.off_route.params.back_m - 50.0).abs() < f64::EPSILON);
    assert!(Policy::parse(r#"{"off_route":{"params":{"out_n":40.0}}}"#).is_err());
    assert!(Policy::parse(r#"{"off_rout":{}}"#).is_err());
    assert!(Policy::parse(r#"{"track":{"gate":{"spike":1}}}"#).is_err());
}

#[test]
fn the_digest_is_that_of_the_numbers_not_of_the_typing() {
    // Proves: order of keys and blanks do not change the digest, a number does, and canonical text reads back to itself.
    let one = Policy::parse(r#"{ "yellow_zone": {}, "off_route": {"params": {"out_m": 80}} }"#).expect("a policy");
    assert_eq!(one.digest(), Policy::default().digest());
    assert_eq!(Policy::parse(&one.canonical()).expect("canonical"), one);
    let other = Policy::parse(r#"{"off_route":{"params":{"out_m":81}}}"#).expect("a policy");
    assert_ne!(other.digest(), one.digest());
    assert!(one.canonical().find("company_without_approval") < one.canonical().find("yellow_zone"));
}

#[test]
fn a_policy_holds_from_its_event_time_on() {
    // Proves: fixes before it are judged by the old one; a change that is not what its digest says is refused.
    let mut policies = Policies::default();
    let tuned = Policy::parse(
        r#"{"off_route":{"limits":{"enter_after_s":30,"enter_fixes":3,"enter_distance_m":300.0,
        "exit_after_s":60,"exit_fixes":2,"merge_gap_s":180}}}"#,
    )
    .expect("a policy");
    policies.change(&change(1000, &tuned)).expect("applies");
    let seconds = |at| policies.at(Timestamp::from_millis(at)).policy.limits(RuleId::OffRoute).enter_after_s;
    assert_eq!((seconds(999), seconds(1000)), (60, 30));
    let lie = PolicyChange { hash: "0".into(), ..change(2000, &tuned) };
    assert!(matches!(policies.change(&lie), Err(PolicyError::WrongDigest { .. })));
}
