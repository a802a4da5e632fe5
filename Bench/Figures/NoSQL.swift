extension Figure {
    /// Authentication, decision, handler and log, and not one statement.
    static let noSQL = Figure(
        name: "no-sql", says: "an authorised route that needs no statement, log on; limit: an empty handler"
    ) { site in
        let application = try await site.withHub { try await site.register(at: $0) }
        return try await site.withLimit { limit in
            try await site.withHub { hub in
                let load = Wrk(url: hub.url + "/api/linchpin/v1/spokes", headers: application.headers)
                let (ours, most) = try await Wrk.compare(load, Wrk(url: limit + "/empty"))
                return [Reading("requests", rate: ours.perSecond, of: most.perSecond, reach: 0.80)]
                    + Reading.p99("", ours, try await load.halved(ours), limit: most, most: 3)
            }
        }
    }
}
