"""A second decoder of JT/T 808 frames, written from the text of the standard and not from the Rust crate.

Reads one frame in hex a line on stdin, writes one JSON object a line on stdout. Standard library only. It exists to
disagree with the crate when either is wrong, so it shares no table and no shortcut with it.
"""

import datetime
import json
import sys


def unescape(wire):
    if len(wire) < 2 or wire[0] != 0x7E or wire[-1] != 0x7E:
        raise ValueError("no delimiters")
    plain, pending = bytearray(), False
    for byte in wire[1:-1]:
        if pending:
            plain.append({1: 0x7D, 2: 0x7E}[byte])
            pending = False
        elif byte == 0x7D:
            pending = True
        else:
            plain.append(byte)
    if pending:
        raise ValueError("lone escape")
    return bytes(plain)


class Cursor:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        if self.at + count > len(self.data):
            raise ValueError(f"need {count} at {self.at}, have {len(self.data) - self.at}")
        piece = self.data[self.at:self.at + count]
        self.at += count
        return piece

    def number(self, count):
        return int.from_bytes(self.take(count), "big")

    def rest(self):
        return self.take(len(self.data) - self.at)


def gbk(raw):
    return raw.decode("gbk")


def field(raw):
    return gbk(raw.strip(b"\0 "))


def bcd_time(raw):
    digits = raw.hex()
    try:
        moment = datetime.datetime.strptime("20" + digits, "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return moment.strftime("%Y-%m-%dT%H:%M:%S+08:00")


def signed_magnitude(value):
    return -(value & 0x7FFF) if value & 0x8000 else value


def item_value(code, raw):
    number = int.from_bytes(raw, "big")
    size = len(raw)
    if (code, size) == (0x01, 4):
        return {"mileage_km": number / 10}
    if (code, size) == (0x02, 2):
        return {"fuel_l": number / 10}
    if (code, size) == (0x03, 2):
        return {"recorder_speed_kmh": number / 10}
    if (code, size) == (0x04, 2):
        return {"manual_alarm_event": number}
    if (code, size) == (0x06, 2):
        twos = number - 0x10000 if number & 0x8000 else number
        return {"cabin_temp_c": signed_magnitude(number), "cabin_temp_c_twos": twos}
    if code == 0x11 and size in (1, 5):
        place = {"type": raw[0]}
        return place if size == 1 else {**place, "area_id": int.from_bytes(raw[1:], "big")}
    if (code, size) == (0x12, 6):
        return {"type": raw[0], "area_id": int.from_bytes(raw[1:5], "big"), "direction": raw[5]}
    if (code, size) == (0x13, 7):
        return {"route_id": int.from_bytes(raw[:4], "big"), "seconds": int.from_bytes(raw[4:6], "big"), "result": raw[6]}
    if code in (0x14, 0x15, 0x16) and size == 4:
        return {"u32": number}
    if (code, size) == (0x17, 2):
        return {"u16": number}
    if code == 0x18 and size in (2, 3):
        driving = {"u16": int.from_bytes(raw[:2], "big")}
        return driving if size == 2 else {**driving, "fatigue": raw[2]}
    if (code, size) == (0x25, 4):
        return {"ext_signal_u32": number}
    if (code, size) == (0x2A, 2):
        return {"io_u16": number}
    if (code, size) == (0x2B, 4):
        return {"ad0": number & 0xFFFF, "ad1": number >> 16}
    if (code, size) == (0x30, 1):
        return {"csq": number}
    if (code, size) == (0x31, 1):
        return {"satellites": number}
    return None


def position(body):
    cursor = Cursor(body)
    alarm, status, latitude, longitude = (cursor.number(4) for _ in range(4))
    altitude, speed, direction = (cursor.number(2) for _ in range(3))
    moment = bcd_time(cursor.take(6))
    items = []
    while len(body) - cursor.at >= 2 and len(body) - cursor.at - 2 >= body[cursor.at + 1]:
        code, size = cursor.number(1), cursor.number(1)
        raw = cursor.take(size)
        item = {"id": f"0x{code:02X}", "len": size, "raw": raw.hex()}
        value = item_value(code, raw)
        items.append(item if value is None else {**item, "value": value})
    out = {
        "alarm_u32": alarm, "status_u32": status, "lat_raw": latitude, "lon_raw": longitude,
        "latitude_deg": (-1 if status & 4 else 1) * latitude / 1e6,
        "longitude_deg": (-1 if status & 8 else 1) * longitude / 1e6,
        "altitude_m": altitude, "speed_kmh": speed / 10, "direction_deg": direction, "time": moment, "items": items,
    }
    if cursor.at < len(body):
        out["trailing"] = cursor.rest().hex()
    return out


def batch(cursor):
    count, kind = cursor.number(2), cursor.number(1)
    return {"count": count, "batch_type": kind, "locations": [position(cursor.take(cursor.number(2))) for _ in range(count)]}


def register(cursor, is_2019):
    size = len(cursor.data)
    layout = "2019" if is_2019 and size >= 76 else "2011" if size < 37 else "2013"
    maker, model, terminal = {"2011": (5, 8, 7), "2013": (5, 20, 7), "2019": (11, 30, 30)}[layout]
    return {
        "province": cursor.number(2), "city": cursor.number(2), "layout": layout, "maker": field(cursor.take(maker)),
        "model": field(cursor.take(model)), "device_id": field(cursor.take(terminal)),
        "plate_color": cursor.number(1), "plate": gbk(cursor.rest()),
    }


def authenticate(cursor, is_2019):
    if not is_2019:
        return {"auth_code": gbk(cursor.rest())}
    code = gbk(cursor.take(cursor.number(1)))
    return {"auth_code": code, "imei": field(cursor.take(15)), "software": field(cursor.take(20))}


def general_reply(cursor):
    return {"ack_serial": cursor.number(2), "ack_id": f"0x{cursor.number(2):04X}", "result": cursor.number(1)}


def register_reply(cursor):
    out = {"ack_serial": cursor.number(2), "result": cursor.number(1)}
    return {**out, "auth_code": gbk(cursor.rest())} if out["result"] == 0 else out


def words(cursor, is_2019):
    flags = {"flag": cursor.number(1)}
    kind = {"text_type": cursor.number(1)} if is_2019 else {}
    return {**flags, **kind, "text": gbk(cursor.rest())}


def body_of(code, body, is_2019):
    cursor = Cursor(body)
    readers = {
        0x0001: lambda: general_reply(cursor), 0x8001: lambda: general_reply(cursor),
        0x0002: dict, 0x0003: dict,
        0x0100: lambda: register(cursor, is_2019), 0x0102: lambda: authenticate(cursor, is_2019),
        0x0200: lambda: position(cursor.rest()), 0x0704: lambda: batch(cursor), 0x8100: lambda: register_reply(cursor),
        0x8300: lambda: words(cursor, is_2019),
    }
    out = readers[code]()
    if cursor.at != len(body):
        raise ValueError("bytes behind the body")
    return out


def decode(wire):
    message = unescape(wire)
    xor = 0
    for byte in message:
        xor ^= byte
    if xor:
        raise ValueError("checksum")
    cursor = Cursor(message[:-1])
    code, properties = cursor.number(2), cursor.number(2)
    is_2019 = bool(properties >> 14 & 1)
    if is_2019 and cursor.number(1) != 1:
        raise ValueError("protocol version")
    terminal, serial = cursor.take(10 if is_2019 else 6).hex(), cursor.number(2)
    split = {"total": cursor.number(2), "index": cursor.number(2)} if properties >> 13 & 1 else None
    body = cursor.rest()
    if len(body) != properties & 0x3FF or properties >> 10 & 7:
        raise ValueError("properties")
    shown = {"slice": body.hex()} if split else body_of(code, body, is_2019)
    return {"msg_id": f"0x{code:04X}", "terminal": terminal, "serial": serial, "subpackage": split, "body": shown}


for line in sys.stdin:
    try:
        print(json.dumps(decode(bytes.fromhex(line.strip()))))
    except (ValueError, KeyError) as fault:
        print(json.dumps({"error": str(fault)}))
