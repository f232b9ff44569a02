/* SPDX-FileCopyrightText: 2026 The netns.lab contributors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The floor of the benchmark: the lab of lab.py, and nothing else, in the fastest way known.
 *
 *   floor build N TABLE    make it; TABLE is a file with the nft table, as `nft list table` prints it
 *   floor check N TABLE    read everything back; exit code 1 if anything differs
 *   floor remove N         take it away, and return when its links are gone
 *   floor settle           wait until the kernel has destroyed the namespaces that others left behind
 *
 * It is no tool: it knows one lab and undoes nothing. What makes it fast:
 *   - phases: all namespaces, all cables, all insides; one send for all that one namespace is told;
 *   - a cable is born with its end inside the namespace, with one queue, as a port, raised;
 *   - no link-local addresses (addrgenmode none before the inside ends are raised, hence before the carrier);
 *   - the bridge is raised last, and its multicast snooping is off while ports come and go: with it, each port restarts
 *     the timers of all others;
 *   - all links are removed by one message, by their group;
 *   - nft's own library instead of its program.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* the lab: keep it the same as lab.py's */
#define BRIDGE "lab-br"
#define NAMES "/run/netns"
#define GROUP 28268                 /* of links that the collection makes */
#define PROTOCOL 110                /* of routes that the collection makes */
#define SUBNET 0x0a640000u          /* 10.100.0.0 */
#define PREFIX 22
#define GATEWAY (SUBNET + 1022)     /* 10.100.3.254 */
#define BROADCAST (SUBNET + 1023)
#define MOST 1021                   /* hosts beside the gateway; a bridge takes 1,023 ports */
#define INSIDE 2                    /* index of the first link in a new namespace, after lo */
#define BATCH 64                    /* messages of the host's namespace sent together */
#define FORWARD "/proc/sys/net/ipv4/ip_forward"

static char out[1 << 18];
static size_t used;
static struct nlmsghdr *message;
static uint32_t sequence;
static char in[1 << 18];

static void fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("floor: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

static int must(int result, const char *what)
{
    if (result < 0)
        fail("%s: %s", what, strerror(errno));
    return result;
}

/* -- netlink ------------------------------------------------------------------------------------------------------ */

static int route_socket(void)
{
    int one = 1, size = 1 << 20;
    int fd = must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), "socket");

    setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof one);
    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    return fd;
}

/* Begin a message in the buffer. */
static void begin(int type, int flags, const void *header, size_t size)
{
    message = (struct nlmsghdr *)(out + used);
    memset(message, 0, NLMSG_SPACE(size));
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = ++sequence;
    message->nlmsg_len = NLMSG_LENGTH(size);
    memcpy(NLMSG_DATA(message), header, size);
    used += NLMSG_SPACE(size);
}

static struct rtattr *put(int type, const void *data, size_t size)
{
    struct rtattr *attribute = (struct rtattr *)(out + used);

    memset(attribute, 0, RTA_SPACE(size));
    attribute->rta_type = type;
    attribute->rta_len = RTA_LENGTH(size);
    if (size)
        memcpy(RTA_DATA(attribute), data, size);
    used += RTA_SPACE(size);
    message->nlmsg_len = out + used - (char *)message;
    return attribute;
}

static void put8(int type, uint8_t value) { put(type, &value, sizeof value); }
static void put32(int type, uint32_t value) { put(type, &value, sizeof value); }
static void put_text(int type, const char *text) { put(type, text, strlen(text) + 1); }
static struct rtattr *nest(int type) { return put(type | NLA_F_NESTED, NULL, 0); }
static void end(struct rtattr *nested) { nested->rta_len = out + used - (char *)nested; }

static void put_raw(const void *data, size_t size)
{
    memcpy(out + used, data, size);
    used += NLMSG_ALIGN(size);
    message->nlmsg_len = out + used - (char *)message;
}

static void no_generated_address(void)
{
    struct rtattr *families = nest(IFLA_AF_SPEC), *six = nest(AF_INET6);

    put8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    end(six);
    end(families);
}

static size_t receive(int fd)
{
    return must(recv(fd, in, sizeof in, 0), "recv");
}

/* Send what is in the buffer. Only the last message asks for an answer: an error is answered anyway. */
static void send_all(int fd, const char *what)
{
    size_t size = used;

    message->nlmsg_flags |= NLM_F_ACK;
    used = 0;
    must(send(fd, out, size, 0), what);
    for (bool done = false; !done;) {
        int left = receive(fd);

        for (struct nlmsghdr *answer = (struct nlmsghdr *)in; NLMSG_OK(answer, (unsigned)left);
             answer = NLMSG_NEXT(answer, left)) {
            struct nlmsgerr *error = NLMSG_DATA(answer);

            if (answer->nlmsg_type == NLMSG_ERROR && error->error)
                fail("%s: %s", what, strerror(-error->error));
            done |= answer->nlmsg_seq == sequence;
        }
    }
}

static void set_link(const char *name, int index, unsigned flags)
{
    struct ifinfomsg header = {.ifi_index = index, .ifi_flags = flags, .ifi_change = flags};

    begin(RTM_SETLINK, 0, &header, sizeof header);
    if (name)
        put_text(IFLA_IFNAME, name);
}

static void set_snooping(bool on)
{
    struct ifinfomsg header = {0};
    struct rtattr *info, *data;

    begin(RTM_NEWLINK, 0, &header, sizeof header);
    put_text(IFLA_IFNAME, BRIDGE);
    info = nest(IFLA_LINKINFO);
    put_text(IFLA_INFO_KIND, "bridge");
    data = nest(IFLA_INFO_DATA);
    put8(IFLA_BR_MCAST_SNOOPING, on);
    end(data);
    end(info);
}

static void add_address(int index, uint32_t address)
{
    struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_prefixlen = PREFIX, .ifa_index = index};

    begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    put32(IFA_LOCAL, htonl(address));
    put32(IFA_ADDRESS, htonl(address));
    put32(IFA_BROADCAST, htonl(BROADCAST));
}

/* -- nft ---------------------------------------------------------------------------------------------------------- */

struct nft {
    void *context;
    int (*run)(void *, const char *);
    const char *(*output)(void *);
};

/* Its library is loaded by name, so that its headers need not be installed. */
static struct nft nft_open(void)
{
    void *library = dlopen("libnftables.so.1", RTLD_NOW);
    void *(*context)(uint32_t);
    int (*buffer)(void *);
    struct nft nft;

    if (!library)
        fail("%s", dlerror());
    *(void **)&context = dlsym(library, "nft_ctx_new");
    *(void **)&buffer = dlsym(library, "nft_ctx_buffer_output");
    *(void **)&nft.run = dlsym(library, "nft_run_cmd_from_buffer");
    *(void **)&nft.output = dlsym(library, "nft_ctx_get_output_buffer");
    if (!context || !buffer || !nft.run || !nft.output)
        fail("libnftables.so.1 lacks a function");
    nft.context = context(0);
    buffer(nft.context);
    return nft;
}

static const char *nft_run(const struct nft *nft, const char *commands)
{
    if (nft->run(nft->context, commands))
        fail("nft refused the table");
    return nft->output(nft->context);
}

/* -- files -------------------------------------------------------------------------------------------------------- */

static char *read_file(const char *path)
{
    static char text[1 << 16];
    int fd = must(open(path, O_RDONLY | O_CLOEXEC), path);
    ssize_t size = must(read(fd, text, sizeof text - 1), path);

    close(fd);
    text[size] = 0;
    return text;
}

static const char *name(const char *format, int number)
{
    static char text[64];

    snprintf(text, sizeof text, format, number);
    return text;
}

static int own_namespace(void)
{
    return must(open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC), "/proc/thread-self/ns/net");
}

static void enter(int fd)
{
    must(setns(fd, CLONE_NEWNET), "setns");
}

/* -- build -------------------------------------------------------------------------------------------------------- */

static int namespaces[MOST], sockets[MOST];

static void make_namespaces(int count)
{
    must(mkdir(NAMES, 0755) && errno != EEXIST ? -1 : 0, NAMES);
    must(mount(NAMES, NAMES, NULL, MS_BIND | MS_REC, NULL), NAMES);
    must(mount("", NAMES, NULL, MS_SHARED | MS_REC, NULL), NAMES);
    for (int i = 0; i < count; i++) {
        const char *path = name(NAMES "/ns%d", i + 1);

        close(must(open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0), path));
        must(unshare(CLONE_NEWNET), "unshare");
        must(mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL), path);
        namespaces[i] = own_namespace();
        sockets[i] = route_socket();
    }
}

static void one_queue(void)
{
    put32(IFLA_NUM_TX_QUEUES, 1);
    put32(IFLA_NUM_RX_QUEUES, 1);
}

static void make_bridge(void)
{
    static const uint8_t mac[] = {0x02, 0x6e, 0x6c, 0, 0, 1};
    struct ifinfomsg header = {0};
    struct rtattr *info, *data;

    begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    put_text(IFLA_IFNAME, BRIDGE);
    put(IFLA_ADDRESS, mac, sizeof mac);
    put32(IFLA_GROUP, GROUP);
    info = nest(IFLA_LINKINFO);
    put_text(IFLA_INFO_KIND, "bridge");
    data = nest(IFLA_INFO_DATA);
    put8(IFLA_BR_MCAST_SNOOPING, 0);
    end(data);
    end(info);
}

static void make_cable(int i, int bridge)
{
    struct ifinfomsg header = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, peer_header = {0};
    struct rtattr *info, *data, *peer;

    begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    put_text(IFLA_IFNAME, name("port%d", i + 1));
    put32(IFLA_MASTER, bridge);
    put32(IFLA_GROUP, GROUP);
    one_queue();
    info = nest(IFLA_LINKINFO);
    put_text(IFLA_INFO_KIND, "veth");
    data = nest(IFLA_INFO_DATA);
    peer = nest(VETH_INFO_PEER);
    put_raw(&peer_header, sizeof peer_header);
    put_text(IFLA_IFNAME, name("veth%d", i + 1));
    put32(IFLA_GROUP, GROUP);
    put32(IFLA_NET_NS_FD, namespaces[i]);
    one_queue();
    end(peer);
    end(data);
    end(info);
    /* no message that creates a link takes this one */
    set_link(name("port%d", i + 1), 0, 0);
    no_generated_address();
}

static void set_up_inside(int i)
{
    struct rtmsg route = {
        .rtm_family = AF_INET,
        .rtm_table = RT_TABLE_MAIN,
        .rtm_protocol = PROTOCOL,
        .rtm_scope = RT_SCOPE_UNIVERSE,
        .rtm_type = RTN_UNICAST,
    };

    set_link(NULL, 1, IFF_UP);
    /* two messages: within one, the kernel raises the link before it looks at the mode */
    set_link(NULL, INSIDE, 0);
    no_generated_address();
    set_link(NULL, INSIDE, IFF_UP);
    add_address(INSIDE, SUBNET + 1 + i);
    begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof route);
    put32(RTA_GATEWAY, htonl(GATEWAY));
    put32(RTA_OIF, INSIDE);
    send_all(sockets[i], "inside a namespace");
}

static void build(int count, const char *table)
{
    struct nft nft = nft_open(); /* before the many descriptors: it uses select(2) on its own */
    int home = own_namespace(), host = route_socket(), bridge, forward;

    make_namespaces(count);
    enter(home);
    forward = must(open(FORWARD, O_WRONLY | O_CLOEXEC), FORWARD);
    must(write(forward, "1", 1), FORWARD);
    make_bridge();
    send_all(host, "bridge");
    bridge = if_nametoindex(BRIDGE);
    for (int i = 0; i < count; i++) {
        make_cable(i, bridge);
        if (i % BATCH == BATCH - 1 || i == count - 1)
            send_all(host, "cables");
    }
    for (int i = 0; i < count; i++)
        set_up_inside(i);
    set_link(NULL, bridge, 0);
    no_generated_address();
    set_link(NULL, bridge, IFF_UP);
    add_address(bridge, GATEWAY);
    set_snooping(true);
    send_all(host, "raising the bridge");
    nft_run(&nft, read_file(table));
}

/* -- check -------------------------------------------------------------------------------------------------------- */

struct link {
    int index, peer, master, group, mode;
    char kind[IFNAMSIZ], name[IFNAMSIZ];
    bool up;
};

typedef void reader(struct nlmsghdr *answer);

static struct link found_links[MOST + 2]; /* by the number in the name; the bridge last */
static int expected_ports, count_addresses, count_routes, home_index;
static bool inside;
static uint32_t wanted_address;

static uint32_t number(const struct rtattr *attribute)
{
    uint32_t value;

    memcpy(&value, RTA_DATA(attribute), sizeof value);
    return value;
}

static bool is(const struct rtattr *attribute, int type)
{
    return (attribute->rta_type & NLA_TYPE_MASK) == type;
}

/* The attribute within a nest, or NULL. */
static const struct rtattr *within(const struct rtattr *nested, int type)
{
    int left = RTA_PAYLOAD(nested);

    for (const struct rtattr *each = RTA_DATA(nested); RTA_OK(each, left); each = RTA_NEXT(each, left))
        if (is(each, type))
            return each;
    return NULL;
}

static struct link parse_link(struct nlmsghdr *answer)
{
    struct ifinfomsg *header = NLMSG_DATA(answer);
    struct link link = {.index = header->ifi_index, .up = header->ifi_flags & IFF_UP, .mode = -1};
    int left = IFLA_PAYLOAD(answer);

    for (struct rtattr *each = IFLA_RTA(header); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
        const struct rtattr *part;

        if (is(each, IFLA_IFNAME))
            snprintf(link.name, sizeof link.name, "%s", (char *)RTA_DATA(each));
        else if (is(each, IFLA_LINK))
            link.peer = number(each);
        else if (is(each, IFLA_MASTER))
            link.master = number(each);
        else if (is(each, IFLA_GROUP))
            link.group = number(each);
        else if (is(each, IFLA_LINKINFO) && (part = within(each, IFLA_INFO_KIND)))
            snprintf(link.kind, sizeof link.kind, "%s", (char *)RTA_DATA(part));
        else if (is(each, IFLA_AF_SPEC) && (part = within(each, AF_INET6)) &&
                 (part = within(part, IFLA_INET6_ADDR_GEN_MODE)))
            link.mode = *(uint8_t *)RTA_DATA(part);
    }
    return link;
}

static void ours(const struct link *link, const char *kind)
{
    if (strcmp(link->kind, kind) || !link->up || link->group != GROUP || link->mode != IN6_ADDR_GEN_MODE_NONE)
        fail("link %s differs", link->name);
}

static void read_host_link(struct nlmsghdr *answer)
{
    struct link link = parse_link(answer);
    int i;

    if (!strcmp(link.name, BRIDGE)) {
        ours(&link, "bridge");
        found_links[MOST + 1] = link;
    } else if (sscanf(link.name, "port%d", &i) == 1 && i > 0 && i <= MOST) {
        ours(&link, "veth");
        found_links[i] = link;
        expected_ports--;
    }
}

static void read_inside(struct nlmsghdr *answer)
{
    struct link link = parse_link(answer);

    if (link.index == 1) {
        if (!link.up)
            fail("lo of a namespace is down");
        return;
    }
    ours(&link, "veth");
    if (link.peer != found_links[home_index].index || found_links[home_index].peer != link.index)
        fail("%s is not the other end of port%d", link.name, home_index);
    if (strcmp(link.name, name("veth%d", home_index)))
        fail("link %s instead of veth%d", link.name, home_index);
}

static void read_address(struct nlmsghdr *answer)
{
    struct ifaddrmsg *header = NLMSG_DATA(answer);
    int left = IFA_PAYLOAD(answer);
    uint32_t local = 0, broadcast = 0;

    for (struct rtattr *each = IFA_RTA(header); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
        if (is(each, IFA_LOCAL))
            local = ntohl(number(each));
        else if (is(each, IFA_BROADCAST))
            broadcast = ntohl(number(each));
    }
    if (local == wanted_address && broadcast == BROADCAST && header->ifa_prefixlen == PREFIX)
        count_addresses++;
}

static void read_route(struct nlmsghdr *answer)
{
    struct rtmsg *header = NLMSG_DATA(answer);
    int left = RTM_PAYLOAD(answer), link = 0;
    uint32_t gateway = 0;

    for (struct rtattr *each = RTM_RTA(header); RTA_OK(each, left); each = RTA_NEXT(each, left)) {
        if (is(each, RTA_GATEWAY))
            gateway = ntohl(number(each));
        else if (is(each, RTA_OIF))
            link = number(each);
    }
    if (!header->rtm_dst_len && gateway == GATEWAY && link == INSIDE && header->rtm_protocol == PROTOCOL)
        count_routes++;
}

static void read_answer(struct nlmsghdr *answer)
{
    if (answer->nlmsg_type == RTM_NEWLINK)
        (inside ? read_inside : read_host_link)(answer);
    else if (answer->nlmsg_type == RTM_NEWADDR)
        read_address(answer);
    else if (answer->nlmsg_type == RTM_NEWROUTE)
        read_route(answer);
}

/* Send what is in the buffer, of which the last message asks for a dump, and read the answers up to its end. */
static void ask(int fd)
{
    size_t size = used;

    used = 0;
    must(send(fd, out, size, 0), "send");
    for (;;) {
        int left = receive(fd);

        for (struct nlmsghdr *answer = (struct nlmsghdr *)in; NLMSG_OK(answer, (unsigned)left);
             answer = NLMSG_NEXT(answer, left)) {
            if (answer->nlmsg_type == NLMSG_DONE)
                return;
            if (answer->nlmsg_type == NLMSG_ERROR)
                fail("reading: %s", strerror(-((struct nlmsgerr *)NLMSG_DATA(answer))->error));
            read_answer(answer);
        }
    }
}

static void ask_link(int index)
{
    struct ifinfomsg header = {.ifi_index = index};

    begin(RTM_GETLINK, index ? 0 : NLM_F_DUMP, &header, sizeof header);
    put32(IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
}

static void ask_address(int index, uint32_t wanted)
{
    struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_index = index};

    wanted_address = wanted;
    begin(RTM_GETADDR, NLM_F_DUMP, &header, sizeof header);
}

static void ask_routes(void)
{
    struct rtmsg header = {.rtm_family = AF_INET, .rtm_table = RT_TABLE_MAIN, .rtm_protocol = PROTOCOL};

    begin(RTM_GETROUTE, NLM_F_DUMP, &header, sizeof header);
}

static void check_inside(int i)
{
    const char *path = name(NAMES "/ns%d", i + 1);
    int fd = must(open(path, O_RDONLY | O_CLOEXEC), path), route;

    enter(fd);
    close(fd);
    route = route_socket();
    home_index = i + 1;
    ask_link(1);
    ask_link(INSIDE);
    ask_address(INSIDE, SUBNET + 1 + i);
    ask(route);
    ask_routes();
    ask(route);
    close(route);
}

static void check(int count, const char *table)
{
    struct nft nft = nft_open();
    int home = own_namespace(), host = route_socket();
    const struct link *bridge = &found_links[MOST + 1];

    expected_ports = count;
    ask_link(0);
    ask(host);
    if (!bridge->index || expected_ports)
        fail("the bridge or %d ports are missing", expected_ports);
    ask_address(bridge->index, GATEWAY);
    ask(host);
    for (int i = 1; i <= count; i++)
        if (found_links[i].master != bridge->index)
            fail("port%d is not on the bridge", i);
    inside = true;
    for (int i = 0; i < count; i++)
        check_inside(i);
    enter(home);
    if (count_addresses != count + 1 || count_routes != count)
        fail("%d addresses and %d routes stand", count_addresses, count_routes);
    if (strcmp(read_file(FORWARD), "1\n"))
        fail("ip_forward is off");
    if (strcmp(nft_run(&nft, "list table inet netns_lab"), read_file(table)))
        fail("the nft table differs");
}

/* -- remove ------------------------------------------------------------------------------------------------------- */

static void remove_lab(int count)
{
    struct ifinfomsg header = {0};
    struct nft nft = nft_open();
    int host = route_socket(), forward = must(open(FORWARD, O_WRONLY | O_CLOEXEC), FORWARD);

    nft_run(&nft, "delete table inet netns_lab");
    set_snooping(false);
    begin(RTM_DELLINK, 0, &header, sizeof header);
    put32(IFLA_GROUP, GROUP);
    send_all(host, "removing the links");
    for (int i = 0; i < count; i++) {
        const char *path = name(NAMES "/ns%d", i + 1);

        must(umount2(path, 0), path);
        must(unlink(path), path);
    }
    must(umount2(NAMES, 0), NAMES);
    must(rmdir(NAMES), NAMES);
    must(write(forward, "0", 1), FORWARD);
}

/* -- settle ------------------------------------------------------------------------------------------------------- */

/* The kernel destroys namespaces one batch after the other. A namespace of our own, left after all others, is in the
 * last batch: its cable's end out here goes with it. A second one tells that the first one's batch is done to its end.
 */
static void settle_once(void)
{
    struct sockaddr_nl links = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
    struct ifinfomsg header = {0}, peer_header = {0};
    struct rtattr *info, *data, *peer;
    int home, watch, route;

    home = own_namespace();
    watch = route_socket();
    must(bind(watch, (struct sockaddr *)&links, sizeof links), "bind");
    must(unshare(CLONE_NEWNET), "unshare");
    route = route_socket();
    begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &header, sizeof header);
    put_text(IFLA_IFNAME, "settle");
    info = nest(IFLA_LINKINFO);
    put_text(IFLA_INFO_KIND, "veth");
    data = nest(IFLA_INFO_DATA);
    peer = nest(VETH_INFO_PEER);
    put_raw(&peer_header, sizeof peer_header);
    put_text(IFLA_IFNAME, "settle");
    put32(IFLA_NET_NS_FD, home);
    end(peer);
    end(data);
    end(info);
    send_all(route, "settling");
    close(route);
    enter(home);
    close(home);
    for (bool gone = false; !gone;) {
        int left = receive(watch);

        for (struct nlmsghdr *event = (struct nlmsghdr *)in; NLMSG_OK(event, (unsigned)left);
             event = NLMSG_NEXT(event, left))
            gone |= event->nlmsg_type == RTM_DELLINK;
    }
    close(watch);
}

int main(int argc, char **argv)
{
    struct rlimit files;
    int count;

    if (argc == 2 && !strcmp(argv[1], "settle")) {
        must(unshare(CLONE_NEWNET), "unshare");
        settle_once();
        settle_once();
        return 0;
    }
    if (argc < 3)
        fail("usage: floor build|check N TABLE, floor remove N, floor settle");
    count = atoi(argv[2]);
    if (count < 1 || count > MOST)
        fail("N is 1 to %d", MOST);
    must(getrlimit(RLIMIT_NOFILE, &files), "getrlimit");
    files.rlim_cur = files.rlim_max;
    must(setrlimit(RLIMIT_NOFILE, &files), "setrlimit");
    if (!strcmp(argv[1], "build") && argc == 4)
        build(count, argv[3]);
    else if (!strcmp(argv[1], "check") && argc == 4)
        check(count, argv[3]);
    else if (!strcmp(argv[1], "remove") && argc == 3)
        remove_lab(count);
    else
        fail("no such command");
    return 0;
}
