import Core
public import Ports
import Storage

extension TransactionLog {
    /// What administrators can do with the transaction log: list it, open what happened under one id, and sum
    /// the last hour.
    public var operations: [Operation] { [list, get, summarize] }

    var readers: [AdminRole] { [.auditor, .admin, .connectionAdmin, .oauthAdmin] }

    private var list: Operation {
        Operation(
            "transaction", .list, roles: readers,
            says:
                "Lists requests in and out, the newest first; what the console and the command line read only if asked for.",
            fields: [
                Paging.after,
                .optional("most", .int(1...Int64(Limits.pageRows.value)), "How many at most."),
                .optional("direction", .oneOf(["in", "out"]), "Only this way."),
                .optional("outcome", .oneOf(Transaction.Outcome.allCases.map(\.rawValue)), "Only those that ended so."),
                .optional("client", .text(most: Limits.nameField.value), "Only those of this client."),
                .optional(
                    "address", .text(most: Limits.nameField.value),
                    "Only those that came from this address, as the log shows it."),
                .optional("with_console", .bool, "Also what the console and the command line read."),
                .optional("since", .time, "Only those that began then or later."),
                .optional("before", .time, "Only those that began before."),
            ]
        ) { request in
            var wanted = LogFilter(
                most: request.int("most") ?? Int64(Limits.pageRows.value), client: request.text("client"),
                since: request.time("since") ?? Timestamp(epochMilliseconds: 0))
            if let before = request.time("before") { wanted.end = LogMark(at: before) }
            if let text = request.text("after") {
                guard let mark = LogMark(text) else {
                    throw HubError(
                        .invalid, "bad_field", "\"after\" must be the `next` of a page of this list.")
                }
                wanted.end = min(wanted.end, mark)
            }
            wanted.direction = request.text("direction") ?? ""
            wanted.outcome = request.text("outcome") ?? ""
            if let address = request.text("address") {
                guard LogFilter.isAddress(address) else {
                    throw HubError(
                        .invalid, "bad_field",
                        "\"address\" must be one as the log shows it, such as 192.0.2.1 or 2001:db8::1, - for the "
                            + "hub's own socket, or ? for somebody who was gone.")
                }
                wanted.address = address
            }
            wanted.withConsole = request.bool("with_console") ?? false
            return try await self.list(wanted)
        }
    }

    private var get: Operation {
        Operation(
            "transaction", .get, roles: readers,
            says:
                "Shows every request in and out under one correlation id; of a refusal its decision, or what its reason "
                + "means and the next step."
        ) { request in
            guard let correlation = CorrelationID(request.id) else {
                throw HubError(
                    .notFound, "unknown_transaction",
                    "That is no correlation id. One looks like c-7Q2M4XK0B1D5E: c- and 13 digits or capitals.")
            }
            return try await self.transactions(under: correlation)
        }
    }

    private func list(_ filter: LogFilter) async throws -> JSON {
        var items: [JSON] = []
        var last: LogMark?
        var dropped = LogBatch.Dropped()
        for database in try await databases(since: filter.since, before: filter.end.at) {
            var wanted = filter
            wanted.most = filter.most - Int64(items.count)
            let (found, lost) = try await database.read { [wanted] reader in
                (
                    try wanted.transactions(in: reader),
                    try LogRows.dropped(since: wanted.since, before: wanted.end.at, in: reader)
                )
            }
            items += found.items
            last = found.last ?? last
            dropped.reads += lost.reads
            dropped.others += lost.others
            dropped.refusals += lost.refusals
            if items.count >= filter.most { break }
        }
        var answer: JSONObject = [
            "items": .array(items),
            "dropped": [
                "reads": .int(dropped.reads), "others": .int(dropped.others), "refusals_summed": .int(dropped.refusals),
            ],
        ]
        if Int64(items.count) == filter.most, let last { answer["next"] = .string(last.text) }
        return .object(answer)
    }

    private func transactions(under correlation: CorrelationID) async throws -> JSON {
        var items: [JSON] = []
        // What the id stands for begins in the minute that it carries; an execution may go on under it for days.
        for database in try await databases(since: correlation.minute(asOf: effects.now())) {
            let room = Limits.pageRows.value - items.count
            guard room > 0 else { break }
            items = try await database.read { try LogRows.of(correlation.text, most: room, in: $0) } + items
        }
        guard !items.isEmpty else {
            if let counted = try await counted(correlation) { return counted }
            throw HubError(
                .notFound, "unknown_transaction",
                "No transaction is kept under that correlation id. Transactions are kept for \(keptDays) days; "
                    + "audit events are kept longer: linchpin audit list --correlation \(correlation)")
        }
        return ["correlation": .string(correlation.text), "items": .array(items.map(told))]
    }
}
