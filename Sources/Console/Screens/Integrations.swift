import Core

extension Screen {
    /// What this hub can be connected with, as tiles: spokes on the one side, applications that call in on the other.
    static let integrations = Screen(
        path: ["spokes"], title: "Integrations", group: .outbound, needs: ["spoke.list"],
        show: { visit in
            let isInbound = visit.asked("way") == "in" && visit.may("client.list")
            let wanted = visit.asked("q")?.lowercased() ?? ""
            let all = try await isInbound ? clients(visit) : spokes(visit)
            let found = all.filter {
                wanted.isEmpty || $0.name.lowercased().contains(wanted) || $0.sentence.lowercased().contains(wanted)
            }
            var filter = FilterView(action: Path("spokes"))
            filter.hidden = isInbound ? [.init(name: "way", text: "in")] : []
            filter.search = .init(name: "q", label: "Search", text: visit.asked("q") ?? "")
            filter.isFiltered = !wanted.isEmpty
            let nothing = wanted.isEmpty ? "There is none yet." : "Nothing fits. Ask for less, or show all."
            var content = Content(
                "Integrations",
                says: isInbound
                    ? "Applications that call in."
                    : "Outside systems that flows can act on. Activate one, then connect it.",
                [tabs(visit, isInbound), .filter(filter), found.isEmpty ? .note(.plain, nothing) : .tiles(found)])
            if isInbound, visit.may("client.create") {
                content.acts = [Link("New client", Noun.clients.page("new"), weight: "main")]
            }
            return content
        })

    private static func tabs(_ visit: Visit, _ isInbound: Bool) -> Block {
        let outbound = Rail.Item(name: "Outbound", path: Path("spokes"), isCurrent: !isInbound)
        let inbound = Rail.Item(name: "Inbound", path: Path("spokes", query: [("way", "in")]), isCurrent: isInbound)
        return .tabs(visit.may("client.list") ? [outbound, inbound] : [outbound], label: "Direction")
    }

    private static func spokes(_ visit: Visit) async throws -> [Tile] {
        let connections = visit.may("connection.list") ? try await visit.items("connection.list") : []
        return try await visit.items("spoke.list").map { spoke in
            let name = spoke["name"]?.string ?? ""
            let own = connections.count { Show.named($0["spoke"] ?? "") == name }
            let actions = spoke["action_count"]?.int ?? 0
            let state = Noun.activation.cell(.bool(Noun.isActive(spoke)), of: nil, in: spoke)
            return Tile(
                name: spoke["title"]?.string ?? name, path: Path("spokes", name),
                sentence: "\(counted(actions, "action")), \(counted(Int64(own), "connection"))", value: state)
        }
    }

    private static func clients(_ visit: Visit) async throws -> [Tile] {
        try await visit.items("client.list").map { client in
            Tile(
                name: client["name"]?.string ?? "", path: Noun.clients.page(Noun.clients.id(of: client)),
                sentence: "runs as \(client["user_name"]?.string ?? "–"), "
                    + counted(Int64(client["scopes"]?.array?.count ?? 0), "auth scope"),
                value: Show.active.cell(client["active"], of: nil, in: client))
        }
    }

    private static func counted(_ number: Int64, _ word: String) -> String {
        "\(Words.grouped(number)) \(word)\(number == 1 ? "" : "s")"
    }
}
