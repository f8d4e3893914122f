# The rules of workloads/drive.cedar. An entity is a text, `data.above` has everything that a thing
# is in, `data.attributes` what is said of it.
package drive

import rego.v1

default allow := false

person := data.attributes[input.principal]

within(thing, group) if thing == group

within(thing, group) if data.above[thing][group]

allow if {
	input.action == "open"
	within(input.resource, person.sees)
}

allow if {
	input.action == "open"
	data.attributes[input.resource].isPublic
}

allow if {
	input.action in {"open", "edit", "send"}
	some owned in array.concat(person.owns, person.ownsFolders)
	within(input.resource, owned)
}

allow if {
	input.action == "handOver"
	input.resource in person.owns
}

allow if {
	input.action == "create"
	input.resource in person.ownsFolders
}
