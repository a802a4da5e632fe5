import Core
import Storage

/// One thing that a doctor looks at. One more is one file in `Checks` and one line in `all`.
struct DoctorCheck: Sendable {
    /// What it found.
    enum Finding: Sendable, Equatable {
        /// Well, in these words.
        case ok(String)
        /// To be seen to: what it is, and the one next step.
        case warn(String, next: String)
        /// Wrong: what it is, and the one next step.
        case fail(String, next: String)
        /// Cannot be looked at here, such as a loop of a hub that is stopped.
        case skipped
    }

    let name: String
    let look: @Sendable (_ hub: Examined) async throws -> Finding

    init(_ name: String, look: @escaping @Sendable (_ hub: Examined) async throws -> Finding) {
        self.name = name
        self.look = look
    }

    /// Warns of users, clients or connections that have what none should; `first` is fit for a message, `others` says how
    /// many more.
    init(
        _ name: String, none: String, named: @escaping @Sendable (any SQLReader) throws -> [String],
        warn: @escaping @Sendable (_ first: String, _ others: String) -> Finding
    ) {
        self.init(name) { hub in
            guard let database = hub.database, try await StoreSchema.of(database) == .current else { return .skipped }
            let names = try await database.read(named)
            guard let first = names.first else { return .ok(none) }
            return warn(Shown.name(first), Self.others(of: names.count))
        }
    }

    static let all: [DoctorCheck] = [
        .dataFolder, .diskSpace, .inodes, .masterKey, .store, .schema, .auditTrail, .clock, .log, .listener, .loops,
        .executionsInDoubt, .credentials, .rotation, .outsideTokens, .hooks, .flows, .plainConnections,
        .keysBesideOAuth, .basic, .proofKeys, .clientCertificates, .legacyGrants, .wholeAccounts, .backups,
    ]

    /// What a finding that names the first says of the others.
    static func others(of count: Int) -> String { count == 1 ? "" : " (and \(count - 1) more)" }

    /// Looks at everything; a look that fails itself is a finding, and stops no other.
    static func examine(_ hub: Examined) async -> JSON {
        var items: [JSON] = []
        var hasFailed = false
        for check in all {
            let finding: Finding
            do { finding = try await check.look(hub) } catch let error as HubError {
                finding = .fail(error.message, next: "See: linchpin log list")
            } catch {
                finding = .fail("This cannot be looked at.", next: "See what the hub writes to standard error.")
            }
            guard let item = finding.json(check.name) else { continue }
            if case .fail = finding { hasFailed = true }
            items.append(item)
        }
        return ["items": .array(items), "well": .bool(!hasFailed)]
    }
}

extension DoctorCheck.Finding {
    fileprivate func json(_ name: String) -> JSON? {
        let (state, says, next): (String, String, String?) =
            switch self {
            case .ok(let says): ("ok", says, nil)
            case .warn(let says, let next): ("warn", says, next)
            case .fail(let says, let next): ("fail", says, next)
            case .skipped: ("", "", nil)
            }
        guard !state.isEmpty else { return nil }
        return [
            "name": .string(name), "state": .string(state), "says": .string(says),
            "next": next.map { .string($0) } ?? .null,
        ]
    }
}
