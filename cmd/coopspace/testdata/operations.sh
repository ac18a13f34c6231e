# The stage on which TestOperations plays docs/operations.md: what belongs to root and to the system's own services is acted
# here, everything else is real. $stage is a folder of the test's own; $units in it stands for /etc/systemd/system.

declare -A running

# sudo does not become anybody else, but the database's role of that name.
sudo() {
  local user=root
  if [[ $1 == -u ]]; then
    user=$2
    shift 2
  fi
  PGUSER=$user "$@"
}

# runuser is the same for scripts.
cat > "$stage/usr/local/bin/runuser" << 'END'
#!/bin/sh -e
export PGUSER="$2"
shift 3
exec "$@"
END
chmod 700 "$stage/usr/local/bin/runuser"

# useradd makes nobody.
useradd() { :; }

# install gives nothing away.
install() {
  local args=()
  while (($#)); do
    case $1 in
      -o | -g) shift ;;
      *) args+=("$1") ;;
    esac
    shift
  done
  command install "${args[@]}"
}

# systemctl starts what the line ExecStart of a service says, with a demonstration where there is nothing yet, and demands
# that it ends in peace.
systemctl() {
  local what=$1 now= unit
  shift
  while [[ ${1-} == --* ]]; do
    now=$1
    shift
  done
  case $what$now in
    daemon-reload) return ;;
    enable--now) what=start ;;
    disable--now) what=stop ;;
  esac
  for unit; do
    [[ $what == start ]] || halt "$unit"
    [[ $what == stop ]] || launch "$unit"
  done
}

launch() {
  local file=$1 of=${1#*@}
  [[ $1 != *@* ]] || file=${1%@*}@
  file=$units/$file.service
  local line user env
  line=$(sed -n 's/^ExecStart=//p' "$file")
  user=$(sed -n 's/^User=//p' "$file")
  env=$(sed -n 's/^Environment=//p' "$file")
  eval "exec env PGUSER=$user $env ${line//%i/$of} --demo" >> "$stage/service.log" 2>&1 &
  running[$1]=$!
}

halt() {
  local pid=${running[$1]:?"no $1 runs"}
  kill -TERM "$pid"
  wait "$pid"
  unset 'running[$1]'
}

# At the end nothing goes on, and what the services said is told when something went wrong.
finish() {
  local status=$? pid
  for pid in "${running[@]}"; do
    kill -KILL "$pid" || true
    wait "$pid" || true
  done
  ((status == 0)) || cat "$stage/service.log" >&2
}
trap finish EXIT
