import ArgumentParser

/// Finds the first word that should be a command and is none.
enum Spelling {
    /// The sentence about it; nil when every word that names a command is one.
    static func mistake(in words: [String]) -> String? {
        var command: any ParsableCommand.Type = Linchpin.self
        var path = ""
        for word in words {
            let known = command.configuration.subcommands
            guard !known.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            guard let next = known.first(where: { $0._commandName == word }) else {
                // A path is an argument of the command that is meant when none is named: linchpin backup /mnt/x
                if command.configuration.defaultSubcommand != nil, word.contains("/") { return nil }
                let names = known.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
                let meant = nearest(word, names).map { "Did you mean \(path)\($0)?" }
                return "There is no command \(path)\(word). \(meant ?? "See: linchpin \(path)--help")"
            }
            command = next
            path += word + " "
        }
        return nil
    }

    private static func nearest(_ word: String, _ names: [String]) -> String? {
        let near = names.map { (name: $0, steps: distance(word, $0)) }.min { $0.steps < $1.steps }
        guard let near, near.steps <= max(1, min(word.count, near.name.count) / 3) else { return nil }
        return near.name
    }

    /// How many letters to insert, delete, replace or swap with their neighbour.
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left)
        let right = Array(right)
        var rows = [Array(0...right.count)]
        for (i, a) in left.enumerated() {
            var row = [i + 1]
            for (j, b) in right.enumerated() {
                var steps = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (a == b ? 0 : 1))
                if i > 0, j > 0, a == right[j - 1], b == left[i - 1] { steps = min(steps, rows[i - 1][j - 1] + 1) }
                row.append(steps)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
