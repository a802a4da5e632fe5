import Ports

/// The operations that need several features.
enum HubOperations {
    /// Their declarations alone, for the route list; running one of these answers nothing.
    static let declared: [Operation] =
        [Explain.declaration, History.declaration, DoctorOperation.declaration] + BackupOperations.declared

    /// The operations themselves.
    static func all(_ parts: Parts, _ routes: RouteList, _ place: Examined, _ reopening: Reopening) -> [Operation] {
        [
            Explain(parts: parts, routes: routes).operation, History(database: parts.database).operation,
            DoctorOperation(examined: place).operation,
        ]
            + BackupOperations.all(
                BackupDesk(place.configuration, place.folder, parts.effects), of: parts.database, reopening)
    }
}
