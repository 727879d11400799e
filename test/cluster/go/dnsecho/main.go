// Dnsecho answers every DNS query, over UDP and TCP, with an empty answer of its own authority: the backend that the UDPRoute tests of
// the conformance suite ask, in place of the DNS server whose image they name.
package main

import (
	"log"

	"github.com/miekg/dns"
)

func answer(writer dns.ResponseWriter, query *dns.Msg) {
	reply := new(dns.Msg).SetReply(query)
	reply.Authoritative = true
	if err := writer.WriteMsg(reply); err != nil {
		log.Print(err)
	}
}

func main() {
	dns.HandleFunc(".", answer)
	failed := make(chan error)
	for _, network := range []string{"udp", "tcp"} {
		server := &dns.Server{Addr: ":53", Net: network}
		go func() { failed <- server.ListenAndServe() }()
	}
	log.Fatal(<-failed)
}
