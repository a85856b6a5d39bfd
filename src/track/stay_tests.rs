use super::*;
use crate::model::ids::Seq;

fn beat(second: i64, north_m: i32, link: Link) -> Beat {
    let place = Wgs84 { lat_e6: 34_868_000 + north_m * 9, lon_e6: 113_617_000 };
    Beat { at: Timestamp::from_millis(second * 1000), place, seq: Seq(1), moved: 0.0, link }
}

fn ended(track: &[(i64, i32, f64)]) -> Vec<(i64, i64)> {
    let (mut stay, mut ended, mut before) = (None, Vec::new(), None);
    for &(second, north_m, kmh) in track {
        let link = before.map_or(Link::Broken, |before| match (second - before) * 1000 {
            silent if silent > 120_000 => Link::Broken,
            passed => Link::After(passed),
        });
        before = Some(second);
        let stood = Stay::advance(&mut stay, &beat(second, north_m, link), kmh, &StayParams::default());
        ended.extend(stood.map(|stood| (stood.from.as_millis() / 1000, stood.to.as_millis() / 1000)));
    }
    ended
}

#[test]
fn a_lone_spike_or_nudge_does_not_end_a_stay() {
    // Proves: rules.md 15 (3): one fix 200 m off, or one fast fix, changes nothing; two in a row are a departure.
    let spike = [(0, 0, 0.0), (30, 0, 0.0), (60, 200, 0.0), (90, 0, 0.0), (120, 0, 8.0), (150, 0, 0.0)];
    assert_eq!(ended(&spike), []);
    assert_eq!(ended(&[&spike[..], &[(180, 100, 30.0), (210, 300, 30.0)]].concat()), [(0, 150)]);
}

#[test]
fn a_silence_is_bridged_when_both_ends_lie_in_the_radius() {
    // Proves: a truck that slept through its silence is one stay; one that was moved, or drove, is not.
    assert_eq!(ended(&[(0, 0, 0.0), (3000, 10, 0.0), (3030, 10, 0.0)]), []);
    assert_eq!(ended(&[(0, 0, 0.0), (3000, 100, 0.0)]), [(0, 0)]);
    assert_eq!(ended(&[(0, 0, 0.0), (3000, 10, 30.0)]), [(0, 0)]);
}
