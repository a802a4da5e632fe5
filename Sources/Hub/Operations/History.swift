import Core
import Ports
import Storage

/// Before and after of one configuration row.
struct History: Sendable {
    let database: any Database

    static let declaration = Operation(
        "history", .actOnAll("show"), roles: [.auditor, .admin],
        says: "Shows the changes of one configuration row, newest first.",
        fields: [
            .required("entity", .text(most: Limits.nameField.value), "The kind of row, such as client or connection."),
            .required("id", .text(most: Limits.nameField.value), "Its stable id."),
        ]
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            let (entity, id) = (try request.required("entity"), try request.required("id"))
            return ["items": try await database.read { try ConfigHistory.of(entity, id: id, in: $0) }]
        }
    }
}

extension Operation {
    /// The same declaration with another body.
    func running(_ run: @escaping @Sendable (OperationRequest) async throws -> JSON) -> Operation {
        Operation(noun, verb, roles: roles, says: says, fields: fields, needsFreshProof: needsFreshProof, run: run)
    }
}
