import Ports

/// The operations that need several features.
enum HubOperations {
    /// Their declarations alone, for the route list; running one of these answers nothing.
    static let declared: [Operation] = [Explain.declaration, History.declaration, SignInLink.declaration]

    /// The operations themselves.
    static func all(_ parts: Parts, _ routes: RouteList, _ address: HubAddress) -> [Operation] {
        [
            Explain(parts: parts, routes: routes).operation, History(database: parts.database).operation,
            SignInLink(identity: parts.identity, address: address).operation,
        ]
    }
}
