//! Reference pairs: npm gcoord, npm coordtransform and a program of our own agree in them to 11 digits.

use super::*;
use proptest::prelude::*;

/// (WGS-84, GCJ-02, BD-09), each longitude, latitude.
type Pair = ((f64, f64), (f64, f64), (f64, f64));

const PAIRS: [Pair; 5] = [
    (
        (113.617, 34.868),
        (113.623_053_685_566_72, 34.866_935_950_163_89),
        (113.629_480_837_600_28, 34.873_149_125_535_79),
    ),
    (
        (113.6604, 34.7525),
        (113.666_495_105_231_22, 34.751_377_701_236_876),
        (113.672_965_348_155_78, 34.757_436_648_275_02),
    ),
    (
        (116.377_817, 39.911_954),
        (116.384_047_224_556_57, 39.913_345_455_360_69),
        (116.390_454_713_108_28, 39.919_575_550_965_88),
    ),
    (
        (121.527_210_6, 31.177_427_6),
        (121.531_541_859_215, 31.175_303_983_645_97),
        (121.538_015_686_438_58, 31.181_328_606_874_46),
    ),
    (
        (113.912_316, 22.543_847),
        (113.917_176_480_836_3, 22.540_796_131_694_766),
        (113.923_684_729_267_34, 22.546_667_437_751_108),
    ),
];

fn close(got: (f64, f64), want: (f64, f64), tolerance: f64) -> bool {
    (got.0 - want.0).abs() < tolerance && (got.1 - want.1).abs() < tolerance
}

#[test]
fn forward_and_back_agree_with_the_reference_pairs() {
    // Proves: forward and iterated inverse within 1e-9°, BD-09 forward within 1e-9° and back within 3e-6°.
    for (wgs, gcj, bd) in PAIRS {
        let forward = shifted(Raw { lat: wgs.1, lon: wgs.0 });
        assert!(close((forward.lon, forward.lat), gcj, 1e-9), "{wgs:?} gave {forward:?}");
        let back = unshifted(Gcj02 { lat: gcj.1, lon: gcj.0 });
        assert!(close((back.lon, back.lat), wgs, 1e-9), "{gcj:?} gave {back:?}");
        let baidu = gcj02_to_bd09(Gcj02 { lat: gcj.1, lon: gcj.0 });
        assert!(close((baidu.lon, baidu.lat), bd, 1e-9), "{gcj:?} gave {baidu:?}");
        let undone = bd09_to_gcj02(Bd09 { lat: bd.1, lon: bd.0 });
        assert!(close((undone.lon, undone.lat), gcj, 3e-6), "{bd:?} gave {undone:?}");
    }
}

#[test]
fn outside_the_box_nothing_moves() {
    // Proves: Tokyo stays where it is, while BD-09 still applies to it.
    let tokyo = Wgs84 { lat_e6: 35_700_000, lon_e6: 139_700_000 };
    assert_eq!(wgs84_to_gcj02(tokyo), Gcj02 { lat: 35.7, lon: 139.7 });
    assert!((wgs84_to_bd09(tokyo).lat - 35.7).abs() > 0.004);
}

#[test]
fn around_zhengzhou_the_shift_is_what_was_measured() {
    // Proves: 542-608 m, so that a forgotten conversion cannot hide.
    let shift = |lat_e6: i32, lon_e6: i32| {
        let place = Wgs84 { lat_e6, lon_e6 };
        let gcj = wgs84_to_gcj02(place);
        crate::geo::plane::distance(place, Wgs84::from_degrees(gcj.lat, gcj.lon).expect("on the globe")).0
    };
    for lat_e6 in (34_500_000..35_100_000).step_by(20_000) {
        for lon_e6 in (113_200_000..114_200_000).step_by(20_000) {
            assert!((540.0..610.0).contains(&shift(lat_e6, lon_e6)));
        }
    }
}

proptest! {
    #[test]
    fn the_grid_survives_the_round_trip(lat_e6 in 18_000_000..53_500_000_i32, lon_e6 in 73_660_000..135_050_000_i32) {
        // Proves: all over China a fix converted and converted back is the same fix; by way of BD-09 within 3e-6°.
        let place = Wgs84 { lat_e6, lon_e6 };
        prop_assert_eq!(gcj02_to_wgs84(wgs84_to_gcj02(place)), Some(place));
        let back = bd09_to_wgs84(wgs84_to_bd09(place)).expect("on the globe");
        prop_assert!(back.lat_e6.abs_diff(lat_e6) <= 3 && back.lon_e6.abs_diff(lon_e6) <= 3, "{:?}", back);
    }
}
