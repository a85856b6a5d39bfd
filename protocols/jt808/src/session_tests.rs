use super::*;
use crate::header::Edition;
use crate::location::{AlarmFlags, Items, LocationReport, StatusFlags};
use crate::messages::{PlateColour, Register, TerminalReply};
use crate::terminal::{Answer, Terminal};
use crate::time::BcdTime;

fn phone() -> Phone {
    Phone::parse("13800138000").unwrap()
}

fn text(text: &str) -> Text {
    Text::encode("test", text).unwrap()
}

fn known() -> Standing {
    Standing::Known { code: text("K7"), fixed: None }
}

fn unknown() -> Standing {
    Standing::Unknown { code: text("Q1") }
}

fn report() -> LocationReport {
    LocationReport {
        alarm: AlarmFlags(0),
        status: StatusFlags(StatusFlags::POSITIONED),
        latitude: 34_870_000,
        longitude: 113_570_000,
        altitude: 96,
        speed: 425,
        direction: 90,
        time: BcdTime([0x26, 0x03, 0x01, 0x10, 0x15, 0x00]),
        items: Items::default(),
    }
}

fn registration() -> Register {
    Register {
        layout: Edition::V2013,
        province: 41,
        city: 108,
        maker: text("MUCK1"),
        model: text("MW-1"),
        terminal_id: text("0000001"),
        colour: PlateColour::YELLOW,
        plate: text("豫A12345"),
    }
}

fn send(terminal: &mut Terminal, message: &Message) -> Frame {
    Frame::from_wire(terminal.send(message).unwrap().wire).unwrap()
}

fn success() -> Owed {
    Owed::GeneralReply { result: PlatformResult::Success }
}

/// Proves the whole walk of a known terminal in all editions: register, authenticate, report; each recorded first.
#[test]
fn a_known_terminal_walks_in() {
    for edition in Edition::ALL {
        let mut terminal = Terminal::new(edition, phone());
        let mut session = Session::new();
        let register = send(&mut terminal, &Message::Register(registration()));
        let duty = session.take(&register, &known());
        let owed = Owed::RegisterReply { result: RegisterResult::Success, code: text("K7") };
        assert_eq!(duty, Duty { record: true, mark: Mark::Unauthenticated, owed }, "{edition:?}");

        terminal.set_code(text("K7"));
        let authenticate = Frame::from_wire(terminal.authenticate().unwrap().wire).unwrap();
        let all_well = Duty { record: true, mark: Mark::Authenticated, owed: success() };
        assert_eq!(session.take(&authenticate, &known()), all_well, "{edition:?}");
        let location = send(&mut terminal, &Message::Location(report()));
        assert_eq!(session.take(&location, &known()), all_well, "{edition:?}");
        let deregister = send(&mut terminal, &Message::Deregister);
        assert_eq!(session.take(&deregister, &known()).owed, success());
        assert_eq!(session.take(&location, &known()).mark, Mark::Unauthenticated, "after it has signed off");
    }
}

/// Proves that a wrong, an empty and a foreign code give result 1, and that later frames are recorded all the same.
#[test]
fn a_wrong_code_fails_and_is_recorded() {
    let mut session = Session::new();
    let mut terminal = Terminal::new(Edition::V2013, phone());
    for wrong in ["K8", ""] {
        terminal.set_code(text(wrong));
        let frame = Frame::from_wire(terminal.authenticate().unwrap().wire).unwrap();
        let owed = Owed::GeneralReply { result: PlatformResult::Failure };
        assert_eq!(session.take(&frame, &known()), Duty { record: true, mark: Mark::Unauthenticated, owed });
    }
    let location = send(&mut terminal, &Message::Location(report()));
    assert_eq!(session.take(&location, &known()), Duty { record: true, mark: Mark::Unauthenticated, owed: success() });
}

/// Proves that padding behind a code and a code burnt into the model are accepted.
#[test]
fn padded_and_fixed_codes() {
    for (shown, fixed) in [("K7\0\0", None), ("authentication", Some(text("authentication")))] {
        let mut terminal = Terminal::new(Edition::V2019, phone());
        terminal.set_code(text(shown));
        let frame = Frame::from_wire(terminal.authenticate().unwrap().wire).unwrap();
        let standing = Standing::Known { code: text("K7"), fixed };
        assert_eq!(Session::new().take(&frame, &standing).mark, Mark::Authenticated, "{shown:?}");
    }
}

/// Proves that an unknown terminal is let in with any code and stays marked.
#[test]
fn an_unknown_terminal_is_not_silenced() {
    let mut session = Session::new();
    let mut terminal = Terminal::new(Edition::V2019, phone());
    let register = send(&mut terminal, &Message::Register(registration()));
    let owed = Owed::RegisterReply { result: RegisterResult::Success, code: text("Q1") };
    assert_eq!(session.take(&register, &unknown()), Duty { record: true, mark: Mark::Quarantined, owed });
    terminal.set_code(text("anything"));
    let frame = Frame::from_wire(terminal.authenticate().unwrap().wire).unwrap();
    assert_eq!(session.take(&frame, &unknown()), Duty { record: true, mark: Mark::Quarantined, owed: success() });
    let location = send(&mut terminal, &Message::Location(report()));
    assert_eq!(session.take(&location, &known()).mark, Mark::Unauthenticated, "entered later: its code must be right");
}

/// Proves that a heartbeat is answered at once and a general reply not at all; neither is recorded.
#[test]
fn heartbeats_and_replies_are_not_recorded() {
    let mut terminal = Terminal::new(Edition::V2013, phone());
    let duty = Session::new().take(&send(&mut terminal, &Message::Heartbeat), &known());
    assert_eq!((duty.record, duty.owed), (false, success()));
    let reply = TerminalReply { serial: 1, id: MessageId(0x8103), result: 0 };
    let duty = Session::new().take(&send(&mut terminal, &Message::TerminalReply(reply)), &known());
    assert_eq!((duty.record, duty.owed), (false, Owed::Nothing));
}

/// Proves that a second terminal on the connection does not ride on the first one's authentication.
#[test]
fn a_second_terminal_is_foreign() {
    let mut session = Session::new();
    let mut first = Terminal::new(Edition::V2013, phone());
    first.set_code(text("K7"));
    session.take(&Frame::from_wire(first.authenticate().unwrap().wire).unwrap(), &known());
    let mut second = Terminal::new(Edition::V2013, Phone::parse("13800138001").unwrap());
    let location = send(&mut second, &Message::Location(report()));
    assert!(session.is_foreign(&location.header));
    assert_eq!(session.take(&location, &known()).mark, Mark::Unauthenticated);
    assert_eq!(session.take(&send(&mut first, &Message::Location(report())), &known()).mark, Mark::Authenticated);
}

/// Proves that what is not typed, does not decode or is split is recorded and answered with success, never with 2.
#[test]
fn everything_else_is_recorded_and_acknowledged() {
    let mut terminal = Terminal::new(Edition::V2013, phone());
    let mut duty = |id: u16, body: &[u8]| {
        let wire = terminal.send_raw(MessageId(id), body).unwrap().wire;
        let first = wire[1..].iter().position(|&byte| byte == 0x7E).unwrap() + 2;
        Session::new().take(&Frame::from_wire(wire.slice(..first)).unwrap(), &unknown())
    };
    for (id, body) in [(0x0F01, &b"x"[..]), (0x0200, &[0; 5]), (0x0200, &[0; 25]), (0x0801, &[0; 2000])] {
        assert_eq!((duty(id, body).record, duty(id, body).owed), (true, success()), "{id:04X}");
    }
    assert_eq!(duty(0x8100, &[0, 0, 1]).owed, Owed::Nothing, "an echo");
}

/// Proves that the terminal's side reads what the session owes, and keeps the code.
#[test]
fn the_terminal_keeps_its_code() {
    let mut terminal = Terminal::new(Edition::V2019, phone());
    let register = terminal.send(&Message::Register(registration())).unwrap();
    let reply = Message::RegisterReply(crate::messages::RegisterReply {
        serial: register.first_serial,
        result: RegisterResult::Success,
        code: text("K7"),
    });
    let header = Frame::from_wire(register.wire).unwrap().header;
    let mut wire = bytes::BytesMut::new();
    let body = reply.encode_body(Edition::V2019).unwrap();
    crate::frame::Head::reply_to(&header, 0).encode(MessageId::REGISTER_REPLY, &body, &mut wire).unwrap();
    let answer = terminal.receive(&Frame::from_wire(wire.freeze()).unwrap()).unwrap();
    assert_eq!(answer, Answer::Registered { serial: 0, result: RegisterResult::Success });
    assert_eq!(terminal.code(), Some(&text("K7")));
}
