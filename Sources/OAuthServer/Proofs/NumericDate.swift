import Core

extension JSON {
    /// A NumericDate (RFC 7519 §2) as whole seconds since 1970, to the end of year 9999; nil for anything else.
    var numericDate: Int64? {
        let end: Int64 = 253_402_300_800
        switch self {
        case .int(let seconds): return (0..<end).contains(seconds) ? seconds : nil
        case .double(let seconds): return (0..<Double(end)).contains(seconds) ? Int64(seconds) : nil
        case .null, .bool, .string, .array, .object: return nil
        }
    }
}

/// What is wrong with the times of something that a client signed.
enum TimeProblem: String, Error, Sendable, CaseIterable {
    case endMissing = "end_missing"
    case ended
    case endTooFar = "end_too_far"
    case notYet = "not_yet"
}

extension JSONObject {
    /// The end of claims that count now: `exp` (RFC 7519 §4.1.4), which must be there, while `nbf` and `iat` (§4.1.5, §4.1.6)
    /// may be missing. A clock may be ahead by `Limits.proofSkewSeconds`.
    ///
    /// - Parameter aheadSeconds: how far ahead the end may lie.
    func end(at now: Timestamp, aheadSeconds: Int) -> Result<Int64, TimeProblem> {
        let now = now.epochSeconds
        let latest = now + Int64(Limits.proofSkewSeconds.value)
        guard let end = self["exp"]?.numericDate else { return .failure(.endMissing) }
        guard now < end else { return .failure(.ended) }
        guard end <= latest + Int64(aheadSeconds) else { return .failure(.endTooFar) }
        for name in ["nbf", "iat"] {
            guard let value = self[name] else { continue }
            guard let moment = value.numericDate, moment <= latest else { return .failure(.notYet) }
        }
        return .success(end)
    }
}
