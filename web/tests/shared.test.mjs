// Times, plates, the binary tick and the time axis mean what the server means, whatever the zone of the machine.
import assert from 'node:assert/strict';
import test from 'node:test';
import { load } from './load.mjs';

process.env.TZ = 'America/New_York';
const time = await load('shared/time.ts');
const plates = await load('shared/plates.ts');
const { readTick } = await load('shared/tick.ts');
const units = await load('shared/units.ts');
const line = await load('replay/timeline.ts');

test('times are Asia/Shanghai on a machine of another zone', () => {
  const ms = Date.UTC(2026, 10, 24, 6, 3, 22);
  assert.equal(time.stamp(ms), '11-24 14:03:22');
  assert.equal(time.rfc(ms), '2026-11-24T14:03:22+08:00');
  for (const text of ['2026-11-24T14:03:22+08:00', '2026-11-24 14:03:22', '2026-11-24T06:03:22Z', String(ms)]) assert.equal(time.parse(text), ms, text);
  assert.equal(time.parse('2026-11-24 14:03'), ms - 22_000);
  assert.equal(time.parse('yesterday'), null);
  assert.equal(time.stamp(time.startOfDay(ms)), '11-24 00:00:00');
});
test('plates lose dots and width, keep O and 0 apart, and get their dot back', () => {
  assert.equal(plates.normalise('豫a·d1２34 '), '豫AD1234');
  assert.equal(plates.display('豫AD1234'), '豫A·D1234');
  assert.equal(plates.display('豫A06175D'), '豫A06175D');
  assert.ok(!plates.isAskable('豫A??') && plates.isAskable('D12') && !plates.isComplete('豫AD12?4'));
  assert.ok(!plates.ROWS.join('').includes('I') && !plates.ROWS.join('').includes('O'));
});
test('distances part at 1 km and never lose their unit', () => {
  assert.equal(units.distance(999), '999\u00a0m');
  assert.equal(units.distance(2140), '2.1\u00a0km');
});
function tick(count, declared = count) {
  const view = new DataView(new ArrayBuffer(24 + count * 16));
  view.setUint8(0, 1); view.setUint8(1, 1); view.setUint32(4, declared, true); view.setBigInt64(8, 1_795_000_000_000n, true); view.setInt32(16, 113_600_000, true); view.setInt32(20, 34_870_000, true);
  for (let i = 0; i < count; i += 1) { const o = 24 + i * 16; view.setUint32(o, 7, true); view.setInt32(o + 4, -2500, true); view.setInt32(o + 8, 1500, true); view.setUint16(o + 12, 412, true); view.setUint8(o + 14, 64); view.setUint8(o + 15, 9); }
  return view.buffer;
}
test('a tick is read as written, and one that is cut short is refused whole', () => {
  const t = readTick(tick(2));
  assert.deepEqual([t.count, t.nowMs, t.slot(1), t.lon(1), t.lat(1), t.speedKmh(1), t.heading(1), t.status(1)], [2, 1_795_000_000_000, 7, 113.5975, 34.8715, 41.2, 64, 9]);
  assert.equal(readTick(tick(1, 2)), null);
  assert.equal(readTick(new ArrayBuffer(3)), null);
});
const fix = (s, o = {}) => ({ at_ms: s * 1000, received_ms: s * 1000, seq: s, part: 0, lat: 34.87, lon: 113.6, speed_kmh: 0, heading_deg: 0, quality: 'good', origin: 'live', load: 'full', ...o });
test('a track is ordered by event time, its stays and gaps are found, nothing is drawn across a gap', () => {
  const fixes = [fix(600, { speed_kmh: 40, lon: 113.62 }), ...Array.from({ length: 14 }, (_, i) => fix(i * 15)), fix(610, { speed_kmh: 40, lon: 113.63 }), fix(605, { quality: 'drift' })];
  const l = line.timelineOf(fixes, [{ from_ms: 195_000, to_ms: 600_000 }]);
  assert.deepEqual(l.good.map((f) => f.seq), [...Array.from({ length: 14 }, (_, i) => i * 15), 600, 610]);
  assert.deepEqual(l.stays.map((s) => [s.from, s.to]), [[0, 195_000]]);
  assert.equal(line.whereAt(l, 400_000).fix.seq, 195);
  assert.equal(line.whereAt(l, 605_000).exact, false);
  assert.ok(line.speeds(l)[1].includes(null));
  assert.deepEqual(line.runs(l, (f) => f.load).map((r) => [r.from, r.to]), [[0, 195_000], [600_000, 610_000]]);
});
test('episodes that overlap stand in different rows', () => {
  assert.deepEqual(line.stack([{ from: 0, to: 10 }, { from: 5, to: 8 }, { from: 9, to: 12 }, { from: 11, to: 13 }]), [0, 1, 1, 0]);
});
