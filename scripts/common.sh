# What the scripts that install something share. To be sourced.

as_root() {
    if [[ $(id -u) == 0 ]]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

# Which package manager installs, for people to read.
package_manager() {
    if command -v apt-get >/dev/null; then
        [[ $(id -u) == 0 ]] && echo "apt-get" || echo "sudo apt-get"
    elif command -v brew >/dev/null; then
        echo "brew"
    else
        echo "no package manager found: it will fail and say what to do"
    fi
}
