import Foundation

/// What a template of the console may not do: a value stands in text, or in an attribute between double quotes that
/// is neither a script's nor a style's. Escaping keeps those places safe, and no other.
enum TemplateRules {
    /// Everything wrong with one template.
    static func breaches(path: String, text: String) -> [String] {
        var found: [String] = []
        if text.contains("{{{") || text.contains("{{&") { found.append("\(path): a value goes out unescaped") }
        for word in ["<style", "style=", "javascript:", "{{=", "{{%"] where text.contains(word) {
            found.append("\(path): `\(word)` is banned in templates")
        }
        if text.firstMatch(of: #/\son[a-z]+=/#) != nil { found.append("\(path): a handler stands in an attribute") }
        if text.firstMatch(of: #/<script(?![^>]*\ssrc=)/#) != nil {
            found.append("\(path): a script stands in the page")
        }
        if text.firstMatch(of: #/(src|href|action)="(?!\{\{|#)/#) != nil {
            found.append("\(path): an address is no value of the view")
        }
        return found + values(path, text)
    }

    /// Walks through the markup and looks at where each value stands.
    private static func values(_ path: String, _ text: String) -> [String] {
        var found: [String] = []
        var (isInTag, isInQuotes) = (false, false)
        var rest = Substring(text)
        while let character = rest.first {
            if rest.hasPrefix("{{") {
                let end = rest.range(of: "}}")?.upperBound ?? rest.endIndex
                let tag = rest[..<end]
                let isValue = !"#/^>!".contains(tag.dropFirst(2).first ?? "}")
                if isValue, isInTag, !isInQuotes { found.append("\(path): \(tag) stands in a tag without quotes") }
                rest = rest[end...]
                continue
            }
            switch character {
            case "<" where !isInTag: isInTag = true
            case ">" where isInTag && !isInQuotes: isInTag = false
            case "\"" where isInTag: isInQuotes.toggle()
            case "'" where isInTag && !isInQuotes: found.append("\(path): an attribute stands in single quotes")
            default: break
            }
            rest = rest.dropFirst()
        }
        return found
    }
}
