import Core
import Ports
import Storage

extension Identity {
    var grantOperations: [Operation] { [createGrant, listGrants, deleteGrant] }

    private var createGrant: Operation {
        Operation(
            "role-grant", .create, roles: [.admin],
            says: "Gives a role to a user or a group, for good or until a moment.",
            fields: [
                .optional("user", .text(most: Limits.nameField.value), "The user, by id or name."),
                .optional("group", .text(most: Limits.nameField.value), "Or the group, by id or name."),
                .required("role", .text(most: Limits.nameField.value), "The role, by id or name."),
                .optional("until", .time, "When it ends by itself; for good when missing."),
                .optional("application", .text(most: Limits.nameField.value), "The application it belongs to."),
            ], needsFreshProof: true
        ) { [database, effects] request in
            let id = GrantID.new(effects)
            let until = request.time("until")
            guard until.map({ request.cause.now < $0 }) ?? true else {
                throw HubError(.invalid, "until_past", "\"until\" must be later than now. Send a later moment.")
            }
            let application = try Names.application(request.text("application"))
            let roleName = try request.required("role")
            return try await database.write(.change) { writer in
                let (kind, subjectID, subjectName) = try Self.subject(request, in: writer)
                let role = try Role.find(roleName, in: writer)
                let grant = Grant(
                    id: id, application: application, subjectKind: kind, subjectID: subjectID,
                    subjectName: subjectName, role: role.id, roleName: role.name, until: until,
                    grantedBy: request.cause.actor.name, grantedAt: request.cause.now)
                try grant.give(in: writer, by: request.cause)
                return Self.shown(grant, at: request.cause.now)
            }
        }
    }

    private static func subject(_ request: OperationRequest, in reader: any SQLReader) throws
        -> (Grant.SubjectKind, id: String, name: String)
    {
        switch (request.text("user"), request.text("group")) {
        case (let name?, nil):
            let user = try User.find(name, in: reader)
            return (.user, user.id.rawValue, user.name)
        case (nil, let name?):
            let group = try Group.find(name, in: reader)
            return (.group, group.id.rawValue, group.name)
        case (nil, nil), (.some, .some):
            throw HubError(
                .invalid, "user_or_group", "role-grant.create needs either \"user\" or \"group\". Send one of them.")
        }
    }

    private static func shown(_ grant: Grant, at now: Timestamp) -> JSON {
        var members = grant.json
        members["in_force"] = .bool(grant.isInForce(at: now))
        return .object(members)
    }

    private var listGrants: Operation {
        Operation(
            "role-grant", .list, roles: [.admin, .auditor], says: "Lists grants, ended ones too, in the order of ids.",
            fields: [
                .optional("user", .text(most: Limits.nameField.value), "Only this user's own, by id or name."),
                .optional("group", .text(most: Limits.nameField.value), "Only this group's, by id or name."),
                .optional("after", .text(most: Limits.nameField.value), "Only ids behind this one."),
            ]
        ) { [database] request in
            try await database.read { reader in
                let grants =
                    if request.text("user") == nil, request.text("group") == nil {
                        try Grant.page(after: request.text("after") ?? "", in: reader)
                    } else {
                        try Self.grantsOfOne(request, in: reader)
                    }
                return Paging.answer(grants.map { Self.shown($0, at: request.cause.now) }, by: "id")
            }
        }
    }

    private static func grantsOfOne(_ request: OperationRequest, in reader: any SQLReader) throws -> [Grant] {
        let (kind, id, _) = try subject(request, in: reader)
        let after = request.text("after") ?? ""
        return Array(
            try Grant.of(kind, id: id, in: reader).filter { $0.id.rawValue > after }.prefix(Limits.pageRows.value))
    }

    private var deleteGrant: Operation {
        Operation("role-grant", .delete, roles: [.admin], says: "Withdraws a grant; the role ends at once.") {
            [database] request in
            try await database.write(.change) { writer in
                let grant = try Grant.find(request.id, in: writer)
                try LastAdmin.kept(in: writer) { try grant.withdraw(in: writer, by: request.cause) }
                return .null
            }
        }
    }
}
