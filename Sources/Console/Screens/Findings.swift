import Core

extension Screen {
    /// Everything that a person should look at, of what the caller may see.
    static let findings = Screen(path: ["findings"], title: "Findings", group: .reviews, needs: []) { visit in
        let all = try await Finding.standing(visit)
        return Content(
            "Findings", says: "What should be looked at now. A finding leaves when its cause does.",
            [.findings(all, empty: "There is nothing to look at.")])
    }
}

extension Finding {
    /// Steps in doubt, flows that failed within the last hour, what is wrong with clients, connections and hooks, secrets that
    /// should have been rotated, users with HTTP Basic.
    static func standing(_ visit: Visit) async throws -> [Finding] {
        try await inDoubt(visit) + failed(visit) + ofClients(visit) + ofConnections(visit) + ofCredentials(visit)
            + ofHooks(visit) + ofUsers(visit)
    }

    private static func inDoubt(_ visit: Visit) async throws -> [Finding] {
        guard visit.may("execution.list") else { return [] }
        return try await visit.items("execution.list", ["state": "in_doubt"]).map { execution in
            Finding(
                tone: .warn, word: "in doubt",
                sentence: "A step of \(flow(execution)) was sent and nobody knows whether it happened. Decide it.",
                link: Link("Open", Noun.executions.page(Noun.executions.id(of: execution))))
        }
    }

    private static func failed(_ visit: Visit) async throws -> [Finding] {
        guard visit.may("execution.list") else { return [] }
        let hourAgo = visit.now.adding(seconds: -3600)
        return try await visit.items("execution.list", ["state": "failed"]).filter { execution in
            execution["ended_at"]?.string.flatMap(Timestamp.init(rfc3339:)).map { $0 > hourAgo } ?? false
        }.map { execution in
            Finding(
                tone: .bad, word: "failed", sentence: "\(flow(execution)): \(execution["says"]?.string ?? "it failed")",
                link: Link("Open", Noun.executions.page(Noun.executions.id(of: execution))))
        }
    }

    private static func ofClients(_ visit: Visit) async throws -> [Finding] {
        guard visit.may("client.list") else { return [] }
        return try await visit.items("client.list").flatMap { client in
            (client["findings"]?.array ?? []).map { finding in
                Finding(
                    tone: .warn, word: "finding", sentence: finding["says"]?.string ?? "",
                    link: Link("Open", Noun.clients.page(Noun.clients.id(of: client))))
            }
        }
    }

    private static func ofConnections(_ visit: Visit) async throws -> [Finding] {
        guard visit.may("connection.list") else { return [] }
        return try await visit.items("connection.list").flatMap { connection in
            (connection["findings"]?.array ?? []).map { finding in
                Finding(
                    tone: .warn, word: "finding", sentence: finding["says"]?.string ?? "",
                    link: Link("Open", Noun.connections.page(Noun.connections.id(of: connection))))
            }
        }
    }

    private static func ofCredentials(_ visit: Visit) async throws -> [Finding] {
        guard visit.may("credential.list") else { return [] }
        return try await visit.items("credential.list").flatMap { credential in
            (credential["findings"]?.array ?? []).map { finding in
                Finding(
                    tone: .warn, word: "overdue", sentence: finding["says"]?.string ?? "",
                    link: Link("Open", Noun.credentials.page(Noun.credentials.id(of: credential))))
            }
        }
    }

    private static func ofHooks(_ visit: Visit) async throws -> [Finding] {
        guard visit.may("hook.list") else { return [] }
        return try await visit.items("hook.list").flatMap { hook in
            (hook["findings"]?.array ?? []).map { finding in
                Finding(
                    tone: .warn, word: "finding", sentence: finding["says"]?.string ?? "",
                    link: Link("Open", Noun.hooks.page(Noun.hooks.id(of: hook))))
            }
        }
    }

    private static func ofUsers(_ visit: Visit) async throws -> [Finding] {
        guard visit.may("user.list") else { return [] }
        return try await visit.items("user.list", ["finding": "basic_allowed"]).flatMap { user in
            (user["findings"]?.array ?? []).map { finding in
                Finding(
                    tone: .warn, word: "finding", sentence: finding["says"]?.string ?? "",
                    link: Link("Open", Noun.users.page(Noun.users.id(of: user))))
            }
        }
    }

    private static func flow(_ execution: JSON) -> String { execution["flow"]?.string ?? "a flow" }
}
