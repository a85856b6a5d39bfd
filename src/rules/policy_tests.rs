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
    let patient = Policy::parse(r#"{"off_route":{"limits":{"enter_after_s":90}}}"#).expect("a policy");
    let limits = Limits { enter_after_s: 90, ..Policy::default().off_route.limits };
    assert_eq!(patient.off_route.limits, limits);
    assert!(Policy::parse(r#"{"off_route":{"limits":{"enter_after":90}}}"#).is_err());
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

/// A change as another release stored it: it knew a rule, a table and a parameter that are gone, and knew fewer than today.
const OLDER: &str = include_str!("policy_older.json");
/// Its digest, by `sha256sum`.
const OLDER_DIGEST: &str = "0f89e72dfcd2eb39218101137adf5644fb0f837f786fe43eda63063f94390aa5";

#[test]
fn a_change_outlives_the_program_that_stored_it() {
    // Proves: a stored change with a key less and a key more than today's is taken by the digest of its text, what it says holds,
    // what it does not say is the default; the same text from a person is refused, and an altered one too.
    let mut policies = Policies::default();
    let older =
        PolicyChange { hash: OLDER_DIGEST.into(), policy: OLDER.trim_end().into(), ..change(1000, &Policy::default()) };
    policies.change(&older).expect("an older change");
    let held = policies.at(Timestamp::from_millis(1000));
    let (now, today) = (&held.policy, Policy::default());
    assert_eq!(&*held.digest, OLDER_DIGEST);
    assert!((now.off_route.params.out_m - 95.0).abs() < f64::EPSILON);
    assert_eq!(now.limits(RuleId::OffRoute).enter_after_s, 45);
    assert_eq!(now.limits(RuleId::OffRoute).exit_fixes, today.limits(RuleId::OffRoute).exit_fixes);
    assert_eq!((&now.yellow_zone, &now.track.gap), (&today.yellow_zone, &today.track.gap));
    assert!(Policy::parse(OLDER).is_err());
    let altered = PolicyChange { policy: OLDER.trim_end().replace("95.0", "96.0"), ..older.clone() };
    assert!(matches!(policies.change(&altered), Err(PolicyError::WrongDigest { .. })));
    let text = r#"{"off_route":{"params":{"out_m":"far"}}}"#;
    let other_kind = PolicyChange { hash: digest(text), policy: text.into(), ..older };
    assert!(matches!(policies.change(&other_kind), Err(PolicyError::Unreadable(_))));
}
