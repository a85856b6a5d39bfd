use super::*;
use crate::model::{
    fix::{FixId, FixOrigin, LoadSignal, STATUS_ACC, STATUS_POSITIONED, SessionTrust},
    ids::{ConnectionId, Seq},
    units::{Altitude, Heading, Speed},
};

struct Plain;

impl Ground for Plain {
    fn in_box(&self, place: Wgs84, _: f64) -> bool {
        (30_000_000..40_000_000).contains(&place.lat_e6)
    }
    fn site_around(&self, _: Wgs84, _: Timestamp, _: f64) -> Option<Around> {
        None
    }
    fn carried(&self, _: &Fix) -> Option<Carried<'_>> {
        None
    }
}

fn fix(second: i64, north_m: i32, kmh: u16) -> Fix {
    Fix {
        terminal: "1".parse().expect("a digit"),
        id: FixId(second.unsigned_abs()),
        at: Some(Timestamp::from_millis(second * 1000)),
        received: Timestamp::from_millis(second * 1000),
        seq: Seq(second.unsigned_abs()),
        part: 0,
        connection: ConnectionId(1),
        session: SessionTrust::Authenticated,
        place: Wgs84 { lat_e6: 34_868_000 + north_m * 9, lon_e6: 113_617_000 },
        speed: Speed(kmh * 10),
        heading: Heading(0),
        altitude: Altitude(0),
        status: STATUS_POSITIONED | STATUS_ACC,
        alarms: 0,
        mileage: None,
        satellites: Some(9),
        load: LoadSignal::Unknown,
        origin: FixOrigin::Live,
    }
}

/// What became of the fixes, by second, in the order it was told.
fn told(fixes: impl IntoIterator<Item = Fix>) -> Vec<(u64, Quality, i32)> {
    let (mut tracker, mut list) = (Tracker::default(), Vec::new());
    for fix in fixes {
        tracker.step(fix, &Plain, &Params::default(), &mut |step| {
            let (fix, quality) = match step {
                Step::Refused(fix, quality) => (fix, quality),
                Step::Judged(judged) => (judged.fix, judged.quality),
            };
            list.push((fix.seq.0, quality, (fix.place.lat_e6 - 34_868_000) / 9));
        });
    }
    list
}

#[test]
fn a_spike_is_dropped_and_a_true_jump_is_not() {
    // Proves: a fix that neither neighbour reaches goes; one that the next confirms stays, as after a tunnel or a wrong clock.
    let spike = told([fix(10, 0, 40), fix(20, 5000, 40), fix(30, 200, 40)]);
    assert_eq!(spike, [(10, Quality::Good, 0), (20, Quality::Spike, 5000), (30, Quality::Good, 200)]);
    let jump = told([fix(10, 0, 40), fix(20, 5000, 40), fix(30, 5100, 40)]);
    assert_eq!(jump, [(10, Quality::Good, 0), (20, Quality::Good, 5000), (30, Quality::Good, 5100)]);
    assert_eq!(told([fix(10, 0, 40), fix(20, 5000, 40)]).len(), 1, "the newest waits for the next");
}

#[test]
fn two_devices_under_one_id_are_one_and_spikes() {
    // Proves: alternating between two towns never makes a truck that flies.
    let list = told((1..=20).map(|n| fix(n * 10, if n % 2 == 0 { 50_000 } else { 0 }, 40)));
    assert!(list.iter().filter(|(_, quality, _)| *quality == Quality::Good).all(|(_, _, north)| *north == 0));
    assert_eq!(list.iter().filter(|(_, quality, _)| *quality == Quality::Spike).count(), 9);
}

#[test]
fn a_truck_at_rest_does_not_wander() {
    // Proves: ignition off and slow: the place is held, until it is really elsewhere.
    let off = |second, north| Fix { status: STATUS_POSITIONED, ..fix(second, north, 1) };
    let list = told([off(0, 0), off(60, 90), off(120, -40), off(180, 400)]);
    assert_eq!(
        list,
        [(0, Quality::Good, 0), (60, Quality::Held, 0), (120, Quality::Held, 0), (180, Quality::Good, 400)]
    );
}

#[test]
fn the_gate_names_its_reason() {
    // Proves: each reason of the gate, and that the first one counts.
    let one = |fix: Fix| told([fix])[0].1;
    assert_eq!(one(Fix { status: STATUS_ACC, ..fix(0, 0, 200) }), Quality::NotPositioned);
    assert_eq!(one(Fix { place: Wgs84 { lat_e6: 0, lon_e6: 0 }, ..fix(0, 0, 0) }), Quality::ZeroPosition);
    assert_eq!(one(fix(0, 0, 161)), Quality::TooFast);
    assert_eq!(one(fix(0, 0, 160)), Quality::Good);
    assert_eq!(one(Fix { satellites: Some(3), ..fix(0, 0, 0) }), Quality::FewSatellites);
    assert_eq!(one(Fix { satellites: None, ..fix(0, 0, 0) }), Quality::Good);
    assert_eq!(
        one(Fix { place: Wgs84 { lat_e6: 48_000_000, lon_e6: 2_000_000 }, ..fix(0, 0, 0) }),
        Quality::OutsideBox
    );
}

#[test]
fn what_cannot_be_ordered_is_told_before_it_is() {
    // Proves: the bounds against receive time, to the second.
    let gate = Params::default().gate;
    let sent = |ahead_s: i64| {
        let mut fix = fix(10_000_000, 0, 0);
        fix.received = Timestamp::from_millis((10_000_000 - ahead_s) * 1000);
        super::gate::unorderable(&fix, &gate)
    };
    assert_eq!((sent(300), sent(301)), (None, Some(Quality::FromFuture)));
    assert_eq!((sent(-30 * 86_400), sent(-30 * 86_400 - 1)), (None, Some(Quality::TooOld)));
    assert_eq!(super::gate::unorderable(&Fix { at: None, ..fix(0, 0, 0) }, &gate), Some(Quality::ImpossibleDate));
}
