import Ports

/// The operations that need several features.
enum HubOperations {
    /// Their declarations alone, for the route list; running one of these answers nothing.
    static let declared: [Operation] =
        [
            Explain.declaration, History.declaration, SignInLink.declaration, DoctorOperation.declaration,
            ConnectionGrant.declaration, ConnectionVerify.declaration, ConnectionDrift.declaration,
            ConnectionSetUp.begin, ConnectionSetUp.end, ConnectionResources.declaration, ConnectionSearch.declaration,
            ConnectionApply.declaration, SuccessorTest.declaration, CredentialRotate.declaration,
        ] + BackupOperations.declared

    /// The operations themselves.
    static func all(
        _ parts: Parts, _ routes: RouteList, _ address: HubAddress, _ place: Examined, _ reopening: Reopening
    ) -> [Operation] {
        let desk = BackupDesk(place.configuration, place.folder, parts.effects)
        return [
            Explain(parts: parts, routes: routes).operation, History(database: parts.database).operation,
            SignInLink(identity: parts.identity, address: address).operation,
            DoctorOperation(examined: place).operation,
            ConnectionGrant(parts: parts).operation, ConnectionVerify(parts: parts).operation,
            ConnectionDrift(parts: parts).operation, ConnectionResources(parts: parts).operation,
            ConnectionSearch(parts: parts).operation, ConnectionApply(parts: parts).operation,
            SuccessorTest(parts: parts).operation, CredentialRotate(parts: parts).operation,
        ] + ConnectionSetUp(parts: parts).operations + BackupOperations.all(desk, of: parts.database, reopening)
    }
}
