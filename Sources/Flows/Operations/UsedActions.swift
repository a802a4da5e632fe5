import Documents
public import Ports
public import Storage

extension Flows {
    /// What the active flows run through these aliases, by id or name: each action by its key, with the flows' names.
    public static func actions(
        through aliases: Set<String>, in reader: any SQLReader
    ) throws -> [(action: ActionName, flows: [String])] {
        var found: [ActionName: [String]] = [:]
        var last = ""
        while let row = try reader.row(
            """
            SELECT f.name AS name, v.source AS source FROM flow f
            JOIN flow_version v ON v.flow_id = f.id AND v.version = f.current_version
            WHERE f.active = 1 AND f.name > $1 ORDER BY f.name LIMIT 1
            """, [.text(last)])
        {
            last = try row.text("name")
            let definition = try FlowReader.read(try row.text("source"), file: "\(last) (stored)")
            let used = definition.allSteps.compactMap { step -> ActionName? in
                guard case .action(let action) = step.kind, aliases.contains(action.alias) else { return nil }
                return action.action
            }
            for action in Set(used) { found[action, default: []].append(last) }
        }
        return found.map { (action: $0.key, flows: $0.value) }.sorted { $0.action.key < $1.action.key }
    }
}
