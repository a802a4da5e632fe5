import Core

extension Figure {
    /// One record by its id.
    static let tableRead = Figure(
        name: "table-read",
        says: "one record by the Table API, authorised, log on; limit: the same indexed read and JSON, nothing else"
    ) { site in
        let (application, id) = try await site.withHub { hub in
            let application = try await site.register(at: hub)
            return (application, try await site.makeIncidents(1_000, by: application, at: hub))
        }
        return try await site.withLimit { limit in
            try await site.withHub { hub in
                let (ours, most) = try await Wrk.compare(
                    Wrk(url: hub.url + "/api/now/table/incident/" + id, headers: application.headers),
                    Wrk(url: limit + "/read/" + id))
                return [
                    Reading("requests", rate: ours.perSecond, of: most.perSecond, reach: 0.80),
                    Reading("p99", "\(Reading.number(ours.p99)) ms, limit \(Reading.number(most.p99)) ms"),
                ]
            }
        }
    }
}
