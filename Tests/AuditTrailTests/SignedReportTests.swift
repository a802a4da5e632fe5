import AuditTrail
import Core
import Keys
import Testing

@Suite("Signed reports") struct SignedReportTests {
    private static let now = Timestamp(epochSeconds: 1_800_000_000)

    private func key(_ byte: UInt8) throws -> SigningKey {
        try SigningKey(seed: Secret([UInt8](repeating: byte, count: 32)))
    }

    private func signed() throws -> JSONObject {
        try SignedReport.sign(["b": 2, "a": ["z": true, "y": "é"]], at: Self.now, with: try key(1))
    }

    @Test("it holds for the key that signed it, whatever the order of the members")
    func holds() throws {
        let report = try signed()
        let key = try key(1)
        #expect(SignedReport.verify(report, key: key.publicKey) == .intact(key: key.publicKey, at: Self.now))
        #expect(SignedReport.verify(report, key: nil) == .intact(key: key.publicKey, at: Self.now))
        let again = try JSON.read(JSON.object(report).text(sorted: true))
        #expect(SignedReport.verify(try #require(again.object), key: nil) == .intact(key: key.publicKey, at: Self.now))
    }

    @Test("signing it again signs what it says, not the old signature")
    func again() throws {
        let twice = try SignedReport.sign(try signed(), at: Self.now, with: try key(1))
        #expect(SignedReport.verify(twice, key: nil) == .intact(key: try key(1).publicKey, at: Self.now))
    }

    @Test(
        "nothing in it can be changed",
        arguments: [
            ("a member", "/b"), ("the moment", "/signed/at"), ("a further member", "/c"),
        ])
    func changed(_ what: String, _ place: String) throws {
        var report = try signed()
        switch place {
        case "/b": report["b"] = 3
        case "/c": report["c"] = 1
        default:
            var seal = try #require(report["signed"]?.object)
            seal["at"] = .string(Self.now.adding(seconds: 1).rfc3339)
            report["signed"] = .object(seal)
        }
        #expect(SignedReport.verify(report, key: nil) == .altered, "\(what)")
    }

    @Test("another key is told from the hub's")
    func otherKey() throws {
        let other = try key(2)
        #expect(SignedReport.verify(try signed(), key: other.publicKey) == .otherKey(id: try key(1).id))
    }

    @Test("what is not signed is no report")
    func notSigned() {
        #expect(SignedReport.verify(["a": 1], key: nil) == .notSigned)
        #expect(SignedReport.verify(["signed": ["key": "00", "at": "x", "signature": ""]], key: nil) == .notSigned)
    }
}
