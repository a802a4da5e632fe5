import Core
import TestSupport
import Testing

@testable import Identity

struct TOTPTests {
    private static let totp = TOTP(secret: Secret("12345678901234567890"))

    @Test("the values of RFC 4226 appendix D")
    func counters() {
        let codes = (0..<10).map { Self.totp.code($0) }
        #expect(
            codes == [
                "755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
            ])
    }

    @Test(
        "the values for SHA-1 of RFC 6238 appendix B",
        arguments: [
            (59, "94287082"), (1_111_111_109, "07081804"), (1_111_111_111, "14050471"), (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"), (20_000_000_000, "65353130"),
        ])
    func moments(_ seconds: Int64, _ code: String) {
        let now = Timestamp(epochSeconds: seconds)
        #expect(Self.totp.code(TOTP.step(at: now), digits: 8) == code)
        #expect(Self.totp.step(of: Secret(String(code.suffix(6))), at: now) == seconds / 30)
    }

    @Test("one step to either side counts, no more (RFC 6238 §5.2)", arguments: -3...3)
    func skew(_ steps: Int64) {
        let now = Timestamp(epochSeconds: 1_111_111_109)
        let code = Secret(Self.totp.code(TOTP.step(at: now) + steps))
        #expect(Self.totp.step(of: code, at: now) == (abs(steps) <= 1 ? TOTP.step(at: now) + steps : nil))
    }

    @Test("what is no code", arguments: ["", "08180", "0818044", "o81804", "０８１８０４", "081804\n", "-81804"])
    func malformed(_ text: String) {
        let now = Timestamp(epochSeconds: 1_111_111_109)
        #expect(Self.totp.step(of: Secret("081804"), at: now) != nil)
        #expect(Self.totp.step(of: Secret("081 804"), at: now) != nil, "apps show a gap")
        #expect(Self.totp.step(of: Secret(text), at: now) == nil)
    }

    @Test("what an app reads") func address() {
        let text = Self.totp.address(user: "mara@x", issuer: "Linchpin at hub").reveal {
            String(decoding: $0, as: UTF8.self)
        }
        #expect(
            text == "otpauth://totp/Linchpin%20at%20hub:mara%40x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
                + "&issuer=Linchpin%20at%20hub&algorithm=SHA1&digits=6&period=30")
    }

    @Test("another app computes the same", arguments: [0, 59, 1_790_000_000] as [Int64])
    func oracle(_ seconds: Int64) {
        let now = Timestamp(epochSeconds: seconds)
        let shown = Authenticator(typed: Self.totp.typed).code(at: now)
        #expect(Self.totp.step(of: shown, at: now) == TOTP.step(at: now))
    }
}
