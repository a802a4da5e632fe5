import Core
import Identity
import Ports

/// A link that signs a user in once: how the first administrator gets into the console.
struct SignInLink: Sendable {
    let identity: Identity
    let address: HubAddress

    static let declaration = Operation(
        "sign-in-link", .create, roles: [.admin],
        says: "Makes a link that signs a user in once, within \(Limits.signInLinkSeconds.value / 60) minutes.",
        fields: [.required("user", .text(most: Limits.nameField.value), "The user's name or id.")],
        needsFreshProof: true
    ) { _ in .null }

    var operation: Operation {
        Self.declaration.running { request in
            let user = try request.required("user")
            let link = try await identity.makeLink(user: user, by: request.cause)
            let token = link.secret.reveal { String(decoding: $0, as: UTF8.self) }
            return [
                "user": .string(user), "link": .string("\(address.issuer)/console/link?token=\(token)"),
                "until": .string(link.until.rfc3339),
            ]
        }
    }
}
