//! # What it flags
//! A truck is loaded where or when its approvals do not let it: 3a at a registered site that is not on them, 3b at the right
//! site outside the approved time, 3c at no registered place at all.
//! # Legal basis
//! 惠政〔2017〕2号 19(2): 在规定地点装载.
//! # What it does not flag
//! A stay: every fuel stop is one. Only a loading counts. Places on the edge between sites are given to the approved one; 3c
//! needs a sensor seen to change from empty to loaded, far from every site and known place. An approval that names no load
//! site binds none.
//! # Parameters
//! `inside_m`: so deep inside a site it is that site's. `near_m`: so near an approved site it is that one's. `apart_m`: 3c only
//! so far from every site and known place.
//! # Evidence it needs
//! The way there and away, the load curve, the approvals and the site as they stood.

use super::{
    Rule, Sink,
    finding::{Measure, Notes, Reason, Stretch},
    observation::{LoadSeen, Object, Observation, PermitSeen},
    spec::{Family, Precedence, Quantity, Severity, Spec, SubjectKind},
};
use crate::{
    model::{
        fix::SessionTrust,
        ids::SiteId,
        time::Timestamp,
        vehicle::VehicleKind,
    },
    track::{
        events::LoadSource,
        grade::Grade,
        interval::{Limits, Sample, Strength},
    },
};
use serde::{Deserialize, Serialize};

/// 3a, 3b, 3c.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnapprovedLoading {}

/// Numbers of the rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Params {
    /// So deep inside a site the loading is that site's, metres.
    pub inside_m: f64,
    /// So near an approved site the loading is that one's, metres.
    pub near_m: f64,
    /// 3c only so far from every site and known place, metres.
    pub apart_m: f64,
}

impl Default for Params {
    fn default() -> Self {
        Self { inside_m: 15.0, near_m: 30.0, apart_m: 50.0 }
    }
}

impl Rule for UnapprovedLoading {
    const SPEC: Spec = Spec {
        code: "M-LOADING",
        title_zh: "未在规定地点装载",
        title_en: "Unapproved loading",
        basis: "惠政〔2017〕2号 19(2)",
        family: Family::Loading,
        subject: SubjectKind::Vehicle,
        peak: Quantity::LoadingTime,
        severity: Severity::Major,
        precedence: Precedence::Yields,
        revision: 1,
    };
    const LIMITS: Limits = Limits {
        enter_after_s: 0,
        enter_fixes: 1,
        enter_distance_m: 0.0,
        exit_after_s: 0,
        exit_fixes: 1,
        merge_gap_s: 0,
    };
    type Params = Params;

    fn holds(seen: &Observation<'_>, params: &Params, hit: &mut Sink<'_>) {
        let Some(vehicle) = seen.vehicle() else { return };
        let Some(load) = seen.load else { return };
        if vehicle.vehicle.kind != VehicleKind::MuckTruck {
            return;
        }
        let Some((object, reason)) = verdict(load, seen.permits, params) else { return };
        let grade = match seen.fix.session {
            SessionTrust::Authenticated => load.event.grade,
            SessionTrust::Unauthenticated => Grade::C,
        };
        #[expect(clippy::cast_precision_loss, reason = "a stay is shorter than 2^53 ms")]
        let measure = load.event.to.since(load.event.from).as_millis() as f64 / 1000.0;
        let note = Notes {
            reason: Some(reason),
            approvals: held_at(seen.permits, load.event.to),
            load: Some(load.event.source),
            ..Notes::default()
        };
        hit(object, Sample { strength: Strength::Strong, measure, grade, note }, Some(load.event.clone()));
    }

    fn why(found: &Stretch, _: &Params, _: &Limits) -> Vec<Measure> {
        vec![Measure { quantity: Quantity::LoadingTime, measured: found.peak.value, limit: 0.0 }]
    }
}

/// What is wrong with a loading, if anything.
fn verdict(load: &LoadSeen<'_>, permits: &[PermitSeen<'_>], params: &Params) -> Option<(Object, Reason)> {
    let at = load.event.to;
    load.event.place?;
    let binding = || permits.iter().filter(|permit| permit.recognised);
    if binding().any(|permit| permit.open_at(at) && permit.approval.load_site.is_none()) {
        return None;
    }
    let near = |site: &SiteId| load.sites.iter().any(|(seen, inside)| seen.id == *site && *inside >= -params.near_m);
    let named = || binding().filter(|permit| permit.approval.load_site.as_ref().is_some_and(near));
    if named().any(|permit| permit.open_at(at)) {
        return None;
    }
    if let Some(permit) = named().next() {
        return permit.approval.load_site.clone().map(|site| (Object::Site(site), Reason::OutsideHours));
    }
    let anywhere = binding().any(|permit| permit.valid_at(at) && permit.approval.load_site.is_none());
    let inside = load.sites.iter().filter(|(site, inside)| *inside >= params.inside_m && site.validity.holds_at(at));
    if let Some((site, _)) = inside.max_by(|a, b| a.1.total_cmp(&b.1)) {
        let reason = if anywhere { Reason::OutsideHours } else { Reason::OtherSite };
        return Some((Object::Site(site.id.clone()), reason));
    }
    (!anywhere && nowhere(load, at, params)).then_some((Object::Nothing, Reason::NoSite))
}

/// 3c: a sensor saw it, and no registered site or known place is anywhere near.
fn nowhere(load: &LoadSeen<'_>, at: Timestamp, params: &Params) -> bool {
    let apart = |inside: f64| inside < -params.apart_m;
    load.event.source == LoadSource::Sensor
        && load.sites.iter().all(|(site, inside)| apart(*inside) || !site.validity.holds_at(at))
        && load.places.iter().all(|(_, inside)| apart(*inside))
}

fn held_at(permits: &[PermitSeen<'_>], at: Timestamp) -> smallvec::SmallVec<[crate::model::ids::ApprovalId; 2]> {
    let mut held: smallvec::SmallVec<_> =
        permits.iter().filter(|permit| permit.valid_at(at)).map(|permit| permit.approval.id.clone()).collect();
    held.sort();
    held
}
