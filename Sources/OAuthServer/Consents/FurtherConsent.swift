import Core

/// A person's yes to a request that names resource servers or details: it counts for the same ones alone.
struct FurtherConsent: Sendable, Equatable {
    let resources: [String]
    let details: [JSON]
    var scopes: [String]

    /// Whether these are the same ones, in any order.
    func isAbout(_ carried: Carried) -> Bool {
        Set(resources) == Set(carried.resources)
            && Set(details.map { $0.text(sorted: true) }) == Set(carried.details.map { $0.text(sorted: true) })
    }

    /// As it is stored and listed.
    var json: JSON {
        ["resources": .texts(resources), "authorization_details": .array(details), "scopes": .texts(scopes)]
    }

    /// Those of before and this one; the oldest goes where there would be too many.
    static func adding(_ scopes: [String], _ carried: Carried, to before: [Self]) -> [Self] {
        let known = before.first { $0.isAbout(carried) }?.scopes ?? []
        let new = Self(
            resources: carried.resources, details: carried.details, scopes: Set(known).union(scopes).sorted())
        return (before.filter { !$0.isAbout(carried) } + [new]).suffix(Limits.furtherConsents.value)
    }

    /// Empty where there is none.
    static func stored(_ all: [Self]) -> String { all.isEmpty ? "" : JSON.array(all.map(\.json)).text(sorted: true) }

    static func read(_ text: String) throws -> [Self] {
        guard !text.isEmpty else { return [] }
        return (try JSON.read(text).array ?? []).map { json in
            Self(
                resources: json["resources"]?.texts ?? [], details: json["authorization_details"]?.array ?? [],
                scopes: json["scopes"]?.texts ?? [])
        }
    }
}
