// The binary frame of the live socket: a 24-byte head and 16-byte records, little endian. A frame that does not add up is refused whole.
export const MOVING = 1, STALE = 2, LOST = 4, ALARMED = 8, LOADED = 16, QUARANTINED = 32, REJECTED = 64;

export interface Tick { nowMs: number; count: number; slot(i: number): number; lon(i: number): number; lat(i: number): number; speedKmh(i: number): number; heading(i: number): number; status(i: number): number }
const HEAD = 24, RECORD = 16;

export function readTick(buffer: ArrayBuffer): Tick | null {
  if (buffer.byteLength < HEAD) return null;
  const view = new DataView(buffer);
  const count = view.getUint32(4, true);
  if (view.getUint8(0) !== 1 || view.getUint8(1) !== 1 || buffer.byteLength < HEAD + count * RECORD) return null;
  const lon0 = view.getInt32(16, true), lat0 = view.getInt32(20, true);
  const at = (i: number, offset: number) => HEAD + i * RECORD + offset;
  return {
    nowMs: Number(view.getBigInt64(8, true)),
    count,
    slot: (i) => view.getUint32(at(i, 0), true),
    lon: (i) => (lon0 + view.getInt32(at(i, 4), true)) / 1e6,
    lat: (i) => (lat0 + view.getInt32(at(i, 8), true)) / 1e6,
    speedKmh: (i) => view.getUint16(at(i, 12), true) / 10,
    heading: (i) => view.getUint8(at(i, 14)),
    status: (i) => view.getUint8(at(i, 15)),
  };
}
