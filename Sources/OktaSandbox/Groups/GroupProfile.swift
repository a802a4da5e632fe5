import Core

/// What a body says of a group's profile.
struct GroupProfile {
    private static let nameMost = 255
    private static let descriptionMost = 1_024

    let name: String
    let description: String?

    /// Reads `profile`; throws when the name is missing, too long or taken.
    ///
    /// - Parameter id: the group that has the name already and may keep it; nil for a new group.
    init(_ body: JSONObject, in org: OktaOrg, keeping id: String? = nil) throws(OktaError) {
        guard let profile = body["profile"]?.object else { throw .validation("profile", "profile: Must be given") }
        for member in profile.members where !["name", "description"].contains(member.name) {
            throw .validation("profile", "Property name '\(member.name)' is not defined in profile")
        }
        let text = profile["description"]?.string
        guard let name = profile["name"]?.string, !name.isEmpty else {
            throw .validation("name", "name: The field cannot be left blank")
        }
        guard name.unicodeScalars.count <= Self.nameMost, (text ?? "").unicodeScalars.count <= Self.descriptionMost
        else { throw .validation("profile", "profile: A text is too long") }
        guard !org.groups.contains(where: { $0.id != id && $0.kind == .okta && $0.name == name }) else {
            throw .validation("name", "name: An object with this field already exists in the current organization")
        }
        self.name = name
        description = text?.isEmpty == false ? text : nil
    }
}
