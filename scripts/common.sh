# Functions of the scripts that install programs. To be sourced.

as_root() {
    if [[ $(id -u) == 0 ]]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

# The package manager that installs, as text for people.
package_manager() {
    if command -v apt-get >/dev/null; then
        [[ $(id -u) == 0 ]] && echo "apt-get" || echo "sudo apt-get"
    elif command -v brew >/dev/null; then
        echo "brew"
    else
        echo "no package manager found: it will fail with instructions"
    fi
}
