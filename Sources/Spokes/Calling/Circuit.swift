import Core
import Ports

/// The circuit breaker of one connection. Pure: time is an argument, and it sends nothing.
///
/// Closed, calls go out, and failures in a row are counted. At `Limits.circuitFailures` it opens for a time, and refuses.
/// When that is over it is half-open: one call goes out as a trial. A trial that comes through closes it, one that fails
/// opens it for twice as long. What calls come to that began before the last change of state does not count.
struct Circuit: Equatable, Sendable {
    /// The right to make one call, and to say what became of it.
    struct Ticket: Equatable, Sendable { fileprivate let era: Int }

    enum Admission: Equatable, Sendable {
        case admitted(Ticket)
        /// Nothing is to be sent before that moment.
        case refused(until: Timestamp, reason: String)
    }

    enum Result: Equatable, Sendable {
        /// The outside system answered, be it with a refusal or with its rate limit.
        case answered
        /// It did not: not reached, no answer in time, or out of order. With the stable code.
        case failed(String)
        /// Nothing was learned, because the call ended here.
        case nothing
    }

    private(set) var state = CircuitState.closed(failures: 0)
    /// How often it opened since it was last closed.
    private var openings = 0
    /// Grows with each change of state.
    private var era = 0

    /// Lets a call out, or says until when not. A call that is let out must be settled.
    mutating func admit(at now: Timestamp) -> Admission {
        switch state {
        case .closed: break
        case .open(let until, let reason), .halfOpen(let until, let reason):
            guard until <= now else { return .refused(until: until, reason: reason) }
            // A trial that never came to an end, because its caller did, is over as well.
            let longest = Int64(Limits.outboundMilliseconds.value / 1_000) * 2
            change(to: .halfOpen(until: now.adding(seconds: longest), reason: reason))
        }
        return .admitted(Ticket(era: era))
    }

    /// Until when it would refuse a call; nil when it would let one out. Changes nothing.
    func refusal(at now: Timestamp) -> (until: Timestamp, reason: String)? {
        switch state {
        case .closed: nil
        case .open(let until, let reason), .halfOpen(let until, let reason): until <= now ? nil : (until, reason)
        }
    }

    /// Whether what becomes of that call still counts: the state has not changed since it was let out.
    func counts(_ ticket: Ticket) -> Bool { ticket.era == era }

    /// Takes in what became of a call.
    mutating func settle(_ ticket: Ticket, _ result: Result, at now: Timestamp) {
        guard counts(ticket) else { return }
        switch (state, result) {
        case (.closed, .answered): state = .closed(failures: 0)
        case (.closed(let failures), .failed(let reason)):
            guard failures + 1 >= Limits.circuitFailures.value else { return state = .closed(failures: failures + 1) }
            open(reason, at: now)
        case (.halfOpen, .answered):
            openings = 0
            change(to: .closed(failures: 0))
        case (.halfOpen, .failed(let reason)): open(reason, at: now)
        // The next call is the trial.
        case (.halfOpen(_, let reason), .nothing): change(to: .open(until: now, reason: reason))
        case (.closed, .nothing), (.open, _): break
        }
    }

    private mutating func open(_ reason: String, at now: Timestamp) {
        let seconds = min(
            Int64(Limits.circuitOpenSeconds.value) << Int64(min(openings, 20)),
            Int64(Limits.circuitLongestSeconds.value))
        openings += 1
        change(to: .open(until: now.adding(seconds: seconds), reason: reason))
    }

    private mutating func change(to next: CircuitState) {
        state = next
        era += 1
    }
}

extension Circuit.Result {
    /// Reasons that say nothing of the outside system: the request was unfit, or the hub was.
    private static let ours: Set<String> = [
        "url_invalid", "header_unfit", "plain_http", "outbound_busy", "not_sent", "passage_unusable",
        "credential_unusable", "address_forbidden", "proxy_needs_name",
    ]

    /// What an answer means: 5xx is a failure, but for 501, which says that it can't (RFC 9110 §15.6.2).
    init(status: Int) { self = status >= 500 && status != 501 ? .failed("provider_unavailable") : .answered }

    /// What the lack of one means.
    init(_ failure: OutboundFailure) {
        switch failure {
        case .notSent(let reason, _): self = Self.ours.contains(reason) ? .nothing : .failed(reason)
        // Nobody waited for the answer.
        case .unknown("given_up", _): self = .nothing
        // It answered, and with a lot.
        case .unknown("reply_too_large", _): self = .answered
        case .unknown(let reason, _): self = .failed(reason)
        }
    }
}
