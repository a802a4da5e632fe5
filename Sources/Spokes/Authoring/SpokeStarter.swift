import Core
import Documents

/// A small spoke file to begin with.
public enum SpokeStarter {
    /// The text of a file that the hub takes as it is, with a comment at what a person has to decide.
    ///
    /// Throws `HubError` when the name is none that a spoke can have.
    public static func text(name: String) throws -> String {
        guard MapReader.isName(name) else {
            throw HubError(
                .invalid, "bad_name",
                "A spoke's name must be lowercase letters, digits and _, a letter first, at most 60.")
        }
        return """
            # A spoke: how one outside system is spoken to. Every key: Docs/spoke-files.md.
            # See what a hub makes of it:  linchpin spoke check \(name).yaml
            # Try it without the system:   linchpin spoke test \(name).yaml
            spoke: \(name)
            title: \(Wording.title(name))
            version: 1
            # The document that these facts are from, with its version.
            source: the provider's own reference, version 1
            # Where the system is stands on the connection, never here.
            base: "{connection.url}"
            # Best first: oauth (with a part oauth), basic, header_key, api_key_ssws.
            authentication: [header_key]
            # Where an error body says its code, and what codes and statuses mean.
            errors: { code: /error/code }
            reasons:
              "403": not_permitted
              "404": not_found
            actions:
              get_thing:
                name: Get Thing
                says: Reads one thing by its id.
                # request, stream (a list over pages), find, poll or probe
                kind: request
                request: { method: GET, path: "/v1/things/{thing_id}" }
                input:
                  type: object
                  required: [thing_id]
                  additionalProperties: false
                  properties:
                    thing_id: { type: string, maxLength: 100, format: identifier, description: id of the thing }
                # By JSON Pointer into the reply; what may be missing is { optional: /pointer }.
                output:
                  id: /id
                  name: { optional: /name }
                success: [200]
                # The OAuth scopes that this one operation needs, and no more; [] where the provider has none.
                scopes: []
                permissions: []
                # no, reversible or permanent
                destructive: no
                # safe: sending twice does no more than once. look-up: another action can show it. ask: a person decides.
                repeat: safe

            """
    }

    /// Tests for that file, to begin with.
    public static func tests(name: String) -> String {
        """
        # Plays these calls through the actions of \(name).yaml: linchpin spoke test \(name).yaml
        tests:
          - name: a thing is read
            action: get_thing
            input: { thing_id: "7" }
            calls:
              - send: { method: GET, target: /v1/things/7 }
                reply: { status: 200, body: { id: "7", name: Lamp } }
            expect: { outcome: done, output: { id: "7", name: Lamp } }
          - name: a thing that is not there
            action: get_thing
            input: { thing_id: "8" }
            calls:
              - send: { method: GET, target: /v1/things/8 }
                reply: { status: 404, body: { error: { code: no_such_thing } } }
            expect: { outcome: failed, reason: not_found }
          - name: an id that would leave its place is refused before anything is sent
            action: get_thing
            input: { thing_id: "../users" }
            expect: { outcome: refused, reason: input_invalid }

        """
    }
}
