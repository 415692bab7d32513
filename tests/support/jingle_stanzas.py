"""Stanzas in the shapes of other programs, written for these tests."""

PRINT = ":".join(f"{n:02X}" for n in range(32))

#: A call with picture of a GTK program: each content its own way, feedback, a codec for keys, BUNDLE.
DESKTOP = f"""
<jingle xmlns="urn:xmpp:jingle:1" action="session-initiate" sid="d3f1a0" initiator="bob@two.example/desk.4f">
  <group xmlns="urn:xmpp:jingle:apps:grouping:0" semantics="BUNDLE">
    <content name="audio"/><content name="video"/>
  </group>
  <content creator="initiator" name="audio" senders="both">
    <description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio">
      <payload-type channels="2" clockrate="48000" id="111" name="opus">
        <parameter name="useinbandfec" value="1"/>
        <rtcp-fb xmlns="urn:xmpp:jingle:apps:rtp:rtcp-fb:0" type="transport-cc"/>
      </payload-type>
      <payload-type clockrate="16000" id="103" name="speex"/>
      <payload-type clockrate="8000" id="0" name="PCMU"/>
      <payload-type clockrate="8000" id="101" name="telephone-event">
        <parameter name="" value="0-15"/>
      </payload-type>
      <encryption><crypto crypto-suite="AES_CM_128_HMAC_SHA1_80" key-params="inline:x" tag="1"/></encryption>
      <rtcp-mux/>
    </description>
    <transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" pwd="kUNPgGzX1cRvyjmo2pQf7e" ufrag="vTw4">
      <fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="sha-256" setup="actpass">{PRINT}</fingerprint>
      <candidate component="1" foundation="1" generation="0" id="c1" ip="10.0.0.3" network="0" port="52511"
        priority="2015363327" protocol="udp" type="host"/>
      <candidate component="2" foundation="1" generation="0" id="c2" ip="fd00:0:0::3" network="0"
        port="52512" priority="2015363326" protocol="UDP" type="host"/>
      <candidate component="1" foundation="9" generation="0" id="c3" ip="198.51.100.4" network="0"
        port="61000" priority="1677721855" protocol="udp" rel-addr="10.0.0.3" rel-port="52511" type="srflx"/>
    </transport>
  </content>
  <content creator="initiator" name="video" senders="both">
    <description xmlns="urn:xmpp:jingle:apps:rtp:1" media="video">
      <payload-type clockrate="90000" id="98" name="VP8">
        <rtcp-fb xmlns="urn:xmpp:jingle:apps:rtp:rtcp-fb:0" type="ccm" subtype="fir"/>
      </payload-type>
      <rtcp-mux/>
    </description>
    <transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" pwd="kUNPgGzX1cRvyjmo2pQf7e" ufrag="vTw4"/>
  </content>
</jingle>"""

#: A telephone's offer: header extensions, sources, feedback for all codecs, no candidates yet.
TELEPHONE = f"""
<jingle xmlns="urn:xmpp:jingle:1" action="session-initiate" sid="T-99" initiator="bob@two.example/phone.x">
  <content creator="initiator" name="0">
    <description xmlns="urn:xmpp:jingle:apps:rtp:1" media="audio">
      <payload-type id="111" name="opus" clockrate="48000" channels="2">
        <parameter name="minptime" value="10"/>
        <parameter name="useinbandfec" value="1"/>
      </payload-type>
      <payload-type id="9"/>
      <rtcp-fb xmlns="urn:xmpp:jingle:apps:rtp:rtcp-fb:0" type="nack" subtype="pli"/>
      <rtp-hdrext xmlns="urn:xmpp:jingle:apps:rtp:rtp-hdrext:0" id="1"
        uri="urn:ietf:params:rtp-hdrext:ssrc-audio-level"/>
      <rtp-hdrext xmlns="urn:xmpp:jingle:apps:rtp:rtp-hdrext:0" id="4" senders="initiator"
        uri="urn:ietf:params:rtp-hdrext:sdes:mid"/>
      <source xmlns="urn:xmpp:jingle:apps:rtp:ssma:0" ssrc="1839471">
        <parameter name="cname" value="q8Ua+/x"/>
        <parameter name="msid" value="stream track"/>
      </source>
      <ssrc-group xmlns="urn:xmpp:jingle:apps:rtp:ssma:0" semantics="FID">
        <source ssrc="1839471"/>
      </ssrc-group>
      <rtcp-mux/>
    </description>
    <transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ufrag="8hhy" pwd="asd88fgpdd777uzjYhagZg">
      <fingerprint xmlns="urn:xmpp:jingle:apps:dtls:0" hash="SHA-256" setup="actpass">
        {PRINT.lower()}
      </fingerprint>
    </transport>
  </content>
</jingle>"""

#: A browser's candidate that hides behind a name, and one that does not.
BROWSER = """
<jingle xmlns="urn:xmpp:jingle:1" action="transport-info" sid="w" responder="bob@two.example/web">
  <content creator="initiator" name="audio">
    <transport xmlns="urn:xmpp:jingle:transports:ice-udp:1" ufrag="xxxx" pwd="xxxxxxxxxxxxxxxxxxxxxx">
      <candidate component="1" foundation="77" generation="0" id="1" network="0" port="9000"
        priority="2113937151" protocol="udp" type="host" ip="2b4f5e1c-0d5a-4d1e-9d0a-8a6b1c2d3e4f.local"/>
      <candidate component="1" foundation="78" generation="0" id="2" network="0" port="9"
        priority="1518214911" protocol="tcp" tcptype="active" type="host" ip="192.0.2.1"/>
      <candidate component="1" foundation="79" generation="0" id="3" network="0" port="9001"
        priority="1" protocol="udp" type="relay" ip="192.0.2.2" rel-addr="0.0.0.0" rel-port="0"/>
      <gathering-complete/>
    </transport>
  </content>
</jingle>"""
