import Core
import Foundation
import Keys

extension Figure {
    /// The same as `tokens`, signed.
    static let signedTokens = Figure(
        name: "signed-tokens", says: "client-credentials tokens as JWT (ES256), durable, each with its event"
    ) { site in
        let application = try await site.withHub { hub in
            let application = try await site.register(at: hub)
            try await hub.call("PATCH", "/clients/app", ["token_format": "jwt"])
            return application
        }
        return try await site.withLimit { limit in
            try await site.withHub { hub in
                let (ours, most) = try await Wrk.compare(
                    Wrk(
                        url: hub.url + "/oauth2/token", method: "POST", headers: application.tokenHeaders,
                        body: CallingClient.tokenForm), insert(limit))
                let limits = [
                    ("one grouped INSERT", most.perSecond), try await Machine.signatures(.es256), try Machine.syncs(),
                ]
                return [Reading("tokens", rate: ours.perSecond, beside: limits, reach: 0.5), p99("p99", ours)]
            }
        }
    }

    /// Refresh tokens that follow each other, of as many families as there are connections and some more.
    static let renewals = Figure(
        name: "renewals", says: "refreshes with a new refresh token each, durable; limit: one grouped INSERT"
    ) { site in
        let client = try await site.withHub { hub in
            _ = try await site.register(at: hub)
            return try await CodeClient.register(at: hub, site)
        }
        return try await site.withLimit { limit in
            try await site.withHub { hub in
                var load = Wrk(url: hub.url + "/oauth2/token", method: "POST", headers: client.headers)
                load.script = { try await renewing(client, at: hub, site) }
                let (ours, most) = try await Wrk.compare(load, insert(limit))
                let limits = [("one grouped INSERT", most.perSecond), try Machine.syncs()]
                return [Reading("refreshes", rate: ours.perSecond, beside: limits), p99("p99", ours)]
            }
        }
    }

    /// What waits in line is sent, and what comes back waits at its end: nobody repeats a token.
    private static func renewing(_ client: CodeClient, at hub: RunningHub, _ site: Site) async throws -> String {
        var tokens: [String] = []
        for _ in 0..<(Wrk.connections * 3 / 2) { tokens.append(try await client.refreshToken(at: hub, site)) }
        let list = tokens.map { "\"\($0)\"" }.joined(separator: ", ")
        return """
            local waiting = { \(list) }
            request = function()
              local token = table.remove(waiting, 1) or "none"
              return wrk.format(nil, nil, nil, "grant_type=refresh_token&refresh_token=" .. token)
            end
            response = function(status, headers, body)
              local token = string.match(body, '"refresh_token":"([^"]+)"')
              if token then waiting[#waiting + 1] = token end
            end
            """
    }

    /// What an API asks that does not read tokens itself.
    static let introspections = Figure(
        name: "introspections", says: "questions about a token by its client, log on; limit: an empty handler"
    ) { site in
        let application = try await site.withHub { try await site.register(at: $0) }
        return try await site.withLimit { limit in
            try await site.withHub { hub in
                var readings: [Reading] = []
                for format in ["opaque", "jwt"] {
                    let token = try await site.token(format, of: application, at: hub)
                    let load = introspect(hub.url + "/oauth2/introspect", token, application.tokenHeaders)
                    let (ours, most) = try await Wrk.compare(load, Wrk(url: limit + "/empty"))
                    readings.append(
                        Reading(
                            "about \(format) tokens", rate: ours.perSecond,
                            beside: [("an empty handler", most.perSecond)]))
                    readings += Reading.p99(
                        ", \(format)", ours, try await load.halved(ours), limit: most, most: 3)
                }
                return readings
            }
        }
    }

    /// An authorised route without SQL, by each kind of token.
    static let bearers = Figure(
        name: "bearers", says: "the same route as no-sql by each kind of token, log on; limit: an empty handler"
    ) { site in
        let application = try await site.withHub { try await site.register(at: $0) }
        return try await site.withLimit { limit in
            try await site.withHub { hub in
                let route = hub.url + "/api/linchpin/v1/spokes"
                func bearer(_ format: String) async throws -> Wrk {
                    Wrk(
                        url: route,
                        headers: ["Authorization": "Bearer " + (try await site.token(format, of: application, at: hub))]
                    )
                }
                let plain = try await bearer("opaque")
                let (opaque, empty) = try await Wrk.compare(plain, Wrk(url: limit + "/empty"))
                // In turn as well: what is compared has the same minute of the machine.
                let (signed, beside) = try await Wrk.compare(try await bearer("jwt"), plain)
                let holder = try await KeyHolder(application, at: hub, site)
                var load = Wrk(url: route, headers: holder.headers)
                load.script = { try await holder.script(Wrk.seconds * 12_000, for: route) }
                let (bound, inserts) = try await Wrk.compare(load, insert(limit))
                let most = ("an empty handler", empty.perSecond)
                let limits = [
                    most, try await Machine.verifications(.es256),
                    // Each proof is used up on the disk.
                    ("one grouped INSERT", inserts.perSecond), try Machine.syncs(),
                ]
                return [
                    Reading("opaque", rate: opaque.perSecond, beside: [most], reach: 0.80),
                    Reading("p99, opaque", opaque.p99, "ms", most: 3),
                    Reading(
                        "JWT seen before, as a share of opaque", signed.perSecond / beside.perSecond, "", most: 0.9,
                        atLeast: true),
                    Reading("JWT", rate: signed.perSecond, beside: [most]), p99("p99, JWT", signed),
                    Reading("DPoP", rate: bound.perSecond, beside: limits), p99("p99, DPoP", bound),
                ]
            }
        }
    }

    /// The same two loads at both.
    static let glewlwyd = Figure(
        name: "glewlwyd", says: "Debian's Glewlwyd (C, SQLite) and the hub in turn, under the same load"
    ) { site in
        let application = try await site.withHub { try await site.register(at: $0) }
        return try await Glewlwyd.with(site) { other in
            try await site.withHub { hub in
                let headers = application.tokenHeaders
                let (tokens, theirs) = try await Wrk.compare(
                    Wrk(
                        url: hub.url + "/oauth2/token", method: "POST", headers: headers, body: CallingClient.tokenForm),
                    Wrk(
                        url: other.url + "/token", method: "POST", headers: Glewlwyd.headers,
                        body: CallingClient.tokenForm))
                guard let token = try await other.token(site) else { throw BenchProblem("Glewlwyd gives no token") }
                let own = try await site.token("opaque", of: application, at: hub)
                var load = introspect(hub.url + "/oauth2/introspect", own, headers)
                let (asked, theirAsked) = try await Wrk.compare(
                    load, introspect(other.url + "/introspect", token, Glewlwyd.headers))
                // At the rate that is wanted: by as few callers as ask so much, and by as many as before.
                let many = try await load.paced(10 * theirAsked.perSecond, asked)
                load.callers = 12  // eight do not
                let few = try await load.paced(10 * theirAsked.perSecond, asked)
                return [
                    compared("client-credentials tokens", tokens, theirs, atLeast: 50),
                    Reading("tokens", "\(numbers(tokens)); Glewlwyd \(numbers(theirs))"),
                    compared("introspections", asked, theirAsked, atLeast: 10),
                    compared("the same by \(load.callers) callers who rest between", few, theirAsked, atLeast: 10),
                    Reading("p99 of these", few.p99, "ms", most: 3),
                    Reading(
                        "p99 by \(Wrk.connections) callers at \(Reading.number(many.perSecond))/s", many.p99, "ms",
                        most: 3),
                    Reading("introspected", "\(numbers(asked)); Glewlwyd \(numbers(theirAsked))"),
                ]
            }
        }
    }

    private static func compared(_ name: String, _ ours: Rate, _ theirs: Rate, atLeast bound: Double) -> Reading {
        Reading(name, ours.perSecond / theirs.perSecond, "times Glewlwyd's", most: bound, atLeast: true)
    }

    private static func numbers(_ rate: Rate) -> String {
        "\(Reading.number(rate.perSecond))/s, p99 \(Reading.number(rate.p99)) ms"
    }

    private static func p99(_ name: String, _ rate: Rate) -> Reading {
        Reading(name, "\(Reading.number(rate.p99)) ms")
    }

    private static func insert(_ limit: String) -> Wrk {
        Wrk(url: limit + "/insert", method: "POST", body: CallingClient.tokenForm)
    }

    private static func introspect(_ url: String, _ token: String, _ headers: [String: String]) -> Wrk {
        Wrk(url: url, method: "POST", headers: headers, body: "token=" + token)
    }
}

extension Site {
    /// A token of that format.
    fileprivate func token(_ format: String, of client: CallingClient, at hub: RunningHub) async throws -> String {
        try await hub.call("PATCH", "/clients/app", ["token_format": .string(format)])
        let reply = try await send(
            "POST", hub.url + "/oauth2/token", headers: client.tokenHeaders, body: CallingClient.tokenForm)
        guard let token = reply.json["access_token"]?.string else { throw BenchProblem("no token: \(reply)") }
        return token
    }
}
