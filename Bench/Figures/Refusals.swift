extension Figure {
    /// Callers who may not.
    static let refusals = Figure(
        name: "refusals", says: "requests that are refused, log on; limit: an empty handler (nothing is wanted)"
    ) { site in
        let application = try await site.withHub { try await site.register(at: $0) }
        return try await site.withLimit { limit in
            try await site.withHub { hub in
                let most = try await Wrk.median(Wrk(url: limit + "/empty")).perSecond
                var readings: [Reading] = []
                for (name, headers, path) in [
                    ("no credential", [:], "/api/now/table/incident"),
                    ("a token that is none", ["Authorization": "Bearer nonsense"], "/api/now/table/incident"),
                    ("no scope for the call", application.headers, "/api/linchpin/v1/users"),
                ] {
                    let load = Wrk(url: hub.url + path, headers: headers, expectsRefusals: true)
                    let rate = try await Wrk.median(load)
                    readings.append(Reading(name, rate: rate.perSecond, of: most, reach: nil))
                }
                return readings
            }
        }
    }
}
