import Core

/// One thing that a set-up makes at the provider, as the spoke's file states it.
///
/// Each is looked for before it is made, so that a further run changes nothing, and one after a failure goes on where
/// the one before it ended. Requests, conditions and texts name *words* in braces: those of the grant, and those that
/// steps before have read out of replies.
struct ApplyStep: Sendable {
    /// What the step is about.
    enum Kind: Sendable {
        case thing(Thing)
        case items(Items)
    }

    /// One thing: there is one that fits, or it is made.
    struct Thing: Sendable {
        /// Answers it; with `where`, a list in which the one that fits is it. 404 means that it is not there.
        let find: RequestTemplate
        let list: Pages
        let conditions: [(pointer: String, value: JSON)]
        /// What must be so of one that is there already. Nothing is changed about one of which it is not.
        let must: [(pointer: String, value: JSON)]
        let create: RequestTemplate
        /// The words that it gives to later steps, by JSON Pointer into the found or the made one.
        let gives: [(word: String, pointer: String)]
        /// How its secret comes to this hub; nil where it has none.
        let seals: Seals?
        /// JSON Pointer to the public keys of one that proves itself by a key, as JWKs; nil for every other thing.
        /// Ours is the one that has the key that is sealed here.
        let keys: String?
    }

    /// Where the secret of a client stands in the reply that makes it, and how it gets one more.
    struct Seals: Sendable {
        let pointer: String
        let anew: RequestTemplate
        let anewPointer: String
    }

    /// A list that shall hold exactly some items.
    struct Items: Sendable {
        let list: RequestTemplate
        let pages: Pages
        /// What an item is known by: the first of these that it has.
        let keys: [String]
        /// What stands for `{id}` when it is taken away.
        let id: String
        /// What it shall hold, as a template of a list; `otherwise` where that is empty.
        let wanted: JSON
        let otherwise: JSON?
        /// Items that are none of our business.
        let ignored: Set<String>
        let add: RequestTemplate
        /// Nil where nothing is ever taken away: what is too much is said.
        let remove: RequestTemplate?
    }

    let key: String
    let says: Template
    /// The step is left out where the grant has none of these; nil keeps it always.
    let needs: SetUp.Part?
    let kind: Kind
}

/// How a set-up is applied: its steps, and texts that are put together of other words.
struct Applying: Sendable {
    /// The parts of a grant that stand as lists beside the words of a set-up; for resources stand the chosen members.
    static let parts: [SetUp.Part] = [.scopes, .permissions, .standardRoles]

    /// The word that a step gives under which the client is known, where one seals.
    static let clientID = "client_id"

    /// The word for the public half of the client's key, as a JWK.
    static let publicKey = "public_key"

    /// What settings the client's credential gets here, beside those that every set-up gives.
    let credential: JSONObject
    let with: [(word: String, text: Template)]
    let steps: [ApplyStep]

    /// The words with those that can be put together of them.
    func completed(_ words: JSONObject) -> JSONObject {
        var words = words
        for pair in with where words[pair.word] == nil {
            words[pair.word] = pair.text.filled(words) { $0 }.map { .string($0) }
        }
        return words
    }
}

/// A way to name things for a resource set, as the spoke's file states it: `group:ID`, or `all_groups` alone.
struct ResourceForm: Sendable {
    let word: String
    /// The kind of resource, as it stands in the names of rights.
    let kind: String
    /// The path that names it at the provider; `{id}` in it, or nothing for all of its kind.
    let path: Template
    /// The search that finds one; nil where the file states none.
    let search: String?

    var isWhole: Bool { path.inputs.isEmpty }
}
