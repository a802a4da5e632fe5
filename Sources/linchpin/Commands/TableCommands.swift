import ArgumentParser
import Core
import Hub

enum TableNoun: Noun {
    static let name = "table"
    static let path = "/tables"
    static let columns: [Column] = ["name", "label", "application"]
}

/// `linchpin table …`
struct TableCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "table", abstract: "Tables, their columns and their roles.",
        subcommands: [
            ListCommand<TableNoun>.self, GetCommand<TableNoun>.self, Create.self, AddColumns.self, SetRoles.self,
        ])

    struct Create: Act {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Add a table with its columns.")
        @Argument(help: "Lowercase letters, digits and _.") var name: String
        @Option(help: "The name that people read.") var label: String?
        @Option(name: .customLong("column"), help: TableColumn.help) var columns: [String]
        @OptionGroup var roles: Roles
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            body.set("name", name)
            body.set("label", label)
            body.set("columns", .array(try columns.map(TableColumn.read)))
            roles.set(in: &body)
            return try await hub.call("POST", "/tables", body.json)
        }

        func done(_ answer: JSON) -> String { "table \(name) created" }
    }

    struct AddColumns: Act {
        static let configuration = CommandConfiguration(
            commandName: "add-columns", abstract: "Add columns to a table; records that are there get the empty value.")
        @Argument(help: "Its name or id.") var name: String
        @Option(name: .customLong("column"), help: TableColumn.help) var columns: [String]
        @OptionGroup var hub: HubOptions

        func call(_ hub: AdminClient) async throws -> JSON {
            try await hub.call(
                "POST", "/tables/\(PercentEncoding.encode(name))/add-columns",
                ["columns": .array(try columns.map(TableColumn.read))])
        }

        func done(_ answer: JSON) -> String { "columns added to table \(name)" }
    }

    struct SetRoles: Act {
        static let configuration = CommandConfiguration(
            commandName: "set-roles",
            abstract: "Say which roles may use a table's records; what is not named stays, \"\" leaves it to admin.")
        @Argument(help: "Its name or id.") var name: String
        @OptionGroup var roles: Roles
        @Option(
            name: .customLong("condition"),
            help:
                "A reading role and the encoded query of the rows it may read: \"desk assigned_to=…\"; repeat for all.")
        var conditions: [String] = []
        @OptionGroup var hub: HubOptions

        func validate() throws {
            guard !conditions.isEmpty || !roles.isEmpty else {
                throw ValidationError("Name at least one of --create, --read, --write, --delete and --condition.")
            }
        }

        func call(_ hub: AdminClient) async throws -> JSON {
            var body = Body()
            roles.set(in: &body)
            if !conditions.isEmpty {
                var byRole = JSONObject()
                for condition in conditions where !condition.isEmpty {
                    let parts = condition.split(separator: " ", maxSplits: 1)
                    guard parts.count == 2 else {
                        throw ValidationError(
                            "A condition is a role and a query in one argument: --condition \"desk a=b\"")
                    }
                    byRole[String(parts[0])] = .string(String(parts[1]))
                }
                body.set("read_conditions", .object(byRole))
            }
            return try await hub.call("POST", "/tables/\(PercentEncoding.encode(name))/set-roles", body.json)
        }

        func done(_ answer: JSON) -> String { "roles of table \(name) set" }
    }

    /// The four lists of roles.
    struct Roles: ParsableArguments {
        @Option(help: "A role that may create records; repeat.") var create: [String] = []
        @Option(help: "A role that may read records; repeat.") var read: [String] = []
        @Option(help: "A role that may change records; repeat.") var write: [String] = []
        @Option(help: "A role that may delete records; repeat.") var delete: [String] = []

        var isEmpty: Bool { [create, read, write, delete].allSatisfy(\.isEmpty) }

        func set(in body: inout Body) {
            for (name, roles) in [("create", create), ("read", read), ("write", write), ("delete", delete)]
            where !roles.isEmpty {
                body.set(name + "_roles", .array(roles.filter { !$0.isEmpty }.map { .string($0) }))
            }
        }
    }
}

/// A column as one argument.
enum TableColumn {
    static let help: ArgumentHelp =
        "NAME or NAME:KIND, then as needed mandatory, indexed, max=N, choices=a,b, to=TABLE, in one argument: \"host:reference to=sys_user indexed\"; repeat."

    static func read(_ text: String) throws -> JSON {
        var words = text.split(separator: " ").map(String.init)[...]
        let start = (words.popFirst() ?? "").split(separator: ":", maxSplits: 1).map(String.init)
        var column = JSONObject()
        column["name"] = .string(start.first ?? "")
        if start.count == 2 { column["kind"] = .string(start[1]) }
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch (parts.first ?? "", parts.count > 1 ? parts[1] : nil) {
            case ("mandatory", nil): column["mandatory"] = true
            case ("indexed", nil): column["indexed"] = true
            case ("max", let number?): column["max_length"] = Int64(number).map { .int($0) } ?? .string(number)
            case ("to", let table?): column["reference"] = .string(table)
            case ("choices", let words?):
                column["choices"] = .array(words.split(separator: ",").map { .string(String($0)) })
            default: throw ValidationError("A column takes \(help.abstract)")
            }
        }
        return .object(column)
    }
}
