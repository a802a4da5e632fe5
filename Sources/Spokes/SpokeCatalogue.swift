public import Documents
public import Ports

/// All spokes of this hub: the shipped ones and those of the operator's folder.
public struct SpokeCatalogue: ActionCatalogue {
    /// In the order of their names.
    let spokes: [Spoke]

    /// Reads the shipped spokes and the operator's files.
    ///
    /// - Throws: `DocumentProblem` with file and line for a mistake, a literal credential or host, or a spoke whose
    ///   name is taken. One bad file keeps the hub from starting: a spoke that silently lacks is worse.
    ///
    /// - Parameter tables: the operations of providers, by the names of the files beside which they lie.
    public static func load(
        operatorFiles: [(name: String, bytes: [UInt8])], tables: [String: [UInt8]] = [:]
    ) throws(DocumentProblem) -> SpokeCatalogue {
        var spokes: [Spoke] = []
        for file in shipped + operatorFiles.map({ ($0.name, $0.bytes, tables[$0.name]) }) {
            let operations = try file.operations.map { table throws(DocumentProblem) in
                try ProviderOperation.table(table, file: "the operations of \(file.name)")
            }
            let spoke = try Spoke.read(file.bytes, file: file.name, operations: operations)
            guard !spokes.contains(where: { $0.name == spoke.name }) else {
                throw DocumentProblem(
                    file: file.name, line: 1, what: "spoke \(spoke.name) is already there; give this one another name")
            }
            spokes.append(spoke)
        }
        return SpokeCatalogue(spokes: spokes.sorted { $0.name < $1.name })
    }

    /// One line for each shipped spoke, with the table of its provider's operations.
    private static let shipped: [(name: String, bytes: [UInt8], operations: [UInt8]?)] = [
        ("okta.yaml", PackageResources.okta_yaml, PackageResources.okta_operations_tsv),
        ("servicenow.yaml", PackageResources.servicenow_yaml, nil),
    ]

    public func describe(_ action: ActionName) -> ActionDescription? {
        find(action).map { Self.description($0.spoke, $0.action) }
    }

    public func actions(of spoke: String) -> [ActionDescription]? {
        self.spoke(spoke).map { spoke in
            spoke.actions.map { Self.description(spoke, $0) }.sorted { $0.action.key < $1.action.key }
        }
    }

    public func credentialKinds(of spoke: String) -> Set<String>? {
        self.spoke(spoke).map { Set($0.authentication.map(\.credentialKind)) }
    }

    public func rotationGuide(of spoke: String, credentialKind: String) -> RotationGuide? {
        guard let spoke = self.spoke(spoke) else { return nil }
        return spoke.authentication.lazy.filter { $0.credentialKind == credentialKind }.compactMap {
            spoke.rotation[$0]
        }
        .first
    }

    public func oauthTemplate(of spoke: String) -> OAuthTemplate? { self.spoke(spoke)?.oauth }

    func spoke(_ name: String) -> Spoke? { spokes.first { $0.name == name } }

    func find(_ name: ActionName) -> (spoke: Spoke, action: Action)? {
        guard let spoke = spoke(name.spoke), let action = spoke.action(name.key) else { return nil }
        return (spoke, action)
    }

    private static func description(_ spoke: Spoke, _ action: Action) -> ActionDescription {
        ActionDescription(
            action: ActionName(spoke: spoke.name, key: action.key), title: action.name, repeat: action.repeat,
            isStream: type(of: action.kind).isStream,
            required: Set(action.input.properties.filter(\.isRequired).map(\.name)),
            inputs: Set(action.input.properties.map(\.name)), outputs: Set(action.kind.outputs),
            sensitiveInputs: Set(action.input.properties.filter(\.isSensitive).map(\.name)),
            sensitiveOutputs: Set(action.kind.fields.filter(\.isSensitive).map(\.name)),
            isDestructive: action.destructive != .no)
    }
}
