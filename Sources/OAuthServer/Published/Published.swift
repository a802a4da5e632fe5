import Core
import Ports
import Synchronization

/// What stands at addresses that clients name, as this hub read it last.
///
/// It is fetched anew when it is old, or lacks what is looked for. While the source gives nothing, what was read last
/// counts, but not for ever. A failure is not kept; it only keeps the next fetch from coming at once.
final class Published<Value: Sendable>: Sendable {
    /// How long is what, in seconds.
    struct Terms: Sendable {
        /// What was read counts without a fetch, within these bounds (RFC 9111 §5.2.2).
        let keep: ClosedRange<Int64>
        /// The same, where the source says nothing about it.
        let standard: Int64
        /// Between two fetches from one address, whatever came of the first.
        let again: Int64
    }

    /// What stood there, and when.
    struct Reading: Sendable {
        let value: Value
        let at: Timestamp
        fileprivate let freshSeconds: Int64

        fileprivate func counts(_ seconds: Int64, at now: Timestamp) -> Bool { at.isWithin(seconds, of: now) }
    }

    private struct Kept {
        var reading: Reading?
        var askedAt: Timestamp
        var asking: Task<Void, Never>?

        /// What counts while nothing newer is there.
        func last(at now: Timestamp) -> Reading? {
            reading.flatMap { $0.counts(Int64(Limits.fetchedStaleSeconds.value), at: now) ? $0 : nil }
        }
    }

    private enum Step {
        case found(Reading?)
        case wait(Task<Void, Never>)
    }

    private let documents: (any DocumentFetching)?
    private let terms: Terms
    private let read: @Sendable (_ document: FetchedDocument, _ address: String) -> Value?
    private let kept = Mutex<[String: Kept]>([:])
    private let fetches = MinuteCounter()

    /// - Parameter read: nil for a document that is not what it should be.
    init(
        _ documents: (any DocumentFetching)?, _ terms: Terms,
        read: @escaping @Sendable (_ document: FetchedDocument, _ address: String) -> Value?
    ) {
        self.documents = documents
        self.terms = terms
        self.read = read
    }

    /// What stands at the address, fetched by one at a time; nil when there is nothing that counts. It may lack what was
    /// looked for all the same.
    func reading(
        at address: String, for purpose: String, at now: Timestamp, having: (Value) -> Bool = { _ in true }
    ) async -> Reading? {
        guard documents != nil else { return nil }
        let step = kept.withLock { kept -> Step in
            if let known = kept[address] {
                if let last = known.reading, last.counts(last.freshSeconds, at: now), having(last.value) {
                    return .found(last)
                }
                if let asking = known.asking { return .wait(asking) }
                if known.askedAt.isWithin(terms.again, of: now) { return .found(known.last(at: now)) }
            }
            guard fetches.count("", at: now) <= Limits.fetchesAMinute.value else {
                return .found(kept[address]?.last(at: now))
            }
            Self.makeRoom(for: address, in: &kept)
            // Not of the request: that one may be given up, while others wait for the same.
            let asking = Task { await self.fetch(address, for: purpose, at: now) }
            kept[address, default: Kept(askedAt: now)].askedAt = now
            kept[address]?.asking = asking
            return .wait(asking)
        }
        switch step {
        case .found(let reading): return reading
        case .wait(let asking):
            await asking.value
            return kept.withLock { $0[address]?.last(at: now) }
        }
    }

    private func fetch(_ address: String, for purpose: String, at now: Timestamp) async {
        let document = await documents?.document(at: address, for: purpose)
        let value = document.flatMap { read($0, address) }
        kept.withLock { kept in
            kept[address]?.asking = nil
            guard let document, let value else { return }
            kept[address]?.reading = Reading(
                value: value, at: now, freshSeconds: terms.seconds(document.cacheControl))
        }
    }

    /// The one that was asked for longest ago goes.
    private static func makeRoom(for address: String, in kept: inout [String: Kept]) {
        guard kept[address] == nil, kept.count >= Limits.fetchedDocuments.value else { return }
        let oldest = kept.filter { $0.value.asking == nil }.min { $0.value.askedAt < $1.value.askedAt }
        if let oldest { kept[oldest.key] = nil }
    }
}

extension Published.Terms {
    /// How long an answer with this Cache-Control counts.
    func seconds(_ cacheControl: String) -> Int64 {
        let directives = cacheControl.lowercased().split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }
        // RFC 9111 §5.2.2.4, §5.2.2.5.
        if directives.contains("no-store") || directives.contains("no-cache") { return keep.lowerBound }
        let ages = directives.compactMap { $0.hasPrefix("max-age=") ? Int64($0.dropFirst(8)) : nil }
        return min(max(ages.first ?? standard, keep.lowerBound), keep.upperBound)
    }
}

extension Timestamp {
    /// Whether fewer seconds have passed since. It may lie a minute ahead, for a request that began before another one
    /// asked; further ahead, the clock was put back, and it counts no more.
    fileprivate func isWithin(_ seconds: Int64, of now: Timestamp) -> Bool {
        (-60_000..<seconds * 1_000).contains(now.milliseconds(since: self))
    }
}
