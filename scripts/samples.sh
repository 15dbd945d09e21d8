# shellcheck shell=bash
# Read by scripts that use the samples: their names, properties, and how to deploy one.
# Fails, by name, when a sample's jar has not been built.

sample_names() {
    local file
    for file in "$ROOT"/functions/samples/*/action.properties; do
        basename "$(dirname "$file")"
    done
}

# sample_property NAME KEY: the value, or nothing.
sample_property() {
    sed -n "s/^$2=//p" "$ROOT/functions/samples/$1/action.properties"
}

# deploy_sample NAME: to the server and with the key that WSK_CONFIG_FILE names.
deploy_sample() {
    local name=$1 source code
    source=$(sample_property "$name" source)
    if [ -n "$source" ]; then
        code=$ROOT/functions/samples/$name/$source
    else
        code=$ROOT/functions/build/jars/$name.jar
    fi
    [ -e "$code" ] || die "$code is missing: run make build"
    "$ROOT/target/release/flockctl" deploy "$code" --name "$name" --main "$(sample_property "$name" main)"
}
