"""A program on Skype4Py for one of two accounts; it plays its part and prints what it saw.

skype4py_two.py LIBRARY ann|bob

ann asks bob for leave, writes, edits, calls and hangs up; bob grants, answers the message, takes the call.
"""

import sys
import threading

sys.path.insert(0, sys.argv[1])
import Skype4Py

PATIENCE = 30
changed, seen = threading.Condition(), []


def note(*what):
    with changed:
        seen.append(" ".join(str(part) for part in what))
        changed.notify_all()


def until(wanted):
    """Wait until an event was seen; gives what follows its first words."""
    with changed:

        def found():
            return [line for line in seen if line.startswith(wanted)]

        if not changed.wait_for(found, PATIENCE):
            print("never seen:", wanted, "| seen:", seen)
            sys.exit(1)
        return found()[-1][len(wanted) :].strip()


class Events:
    def UserAuthorizationRequestReceived(self, user):
        note("asks", user.Handle, user.ReceivedAuthRequest)

    def OnlineStatus(self, user, status):
        note("presence", user.Handle, status)

    def MessageStatus(self, message, status):
        note("message", message.FromHandle, status, message.Id)

    def CallStatus(self, call, status):
        note("call", call.PartnerHandle, call.Type, status, call.Id)


skype = Skype4Py.Skype(Events=Events(), Transport="dbus")
skype.Attach(7)
print("attached", skype.CurrentUserHandle, skype.Protocol)
other = skype.User("bob" if sys.argv[2] == "ann" else "ann")


def ann():
    other.SetBuddyStatusPendingAuthorization("it is ann")
    until("presence bob ONLINE")
    print("friends", sorted(user.Handle for user in skype.Friends if user.Handle in ("ann", "bob")))
    print("standing", other.BuddyStatus, other.OnlineStatus)
    message = skype.SendMessage("bob", "hello bob\nhow are you?")
    until("message ann SENT")
    key = until("message bob RECEIVED")
    answer = skype.Message(int(key))
    print("answer", repr(answer.Body), answer.Type, answer.Chat.Name == message.Chat.Name)
    answer.MarkAsSeen()
    print("missed", [m.Id for m in skype.MissedMessages])
    message.Body = "hello, bob"
    print("edited", message.Body, message.EditedBy)
    chat = message.Chat
    print("chat", chat.Status, [u.Handle for u in chat.Members], sorted(u.Handle for u in chat.Posters))
    call = skype.PlaceCall("bob")
    until("call bob OUTGOING_P2P INPROGRESS")
    call.Hold()
    until("call bob OUTGOING_P2P LOCALHOLD")
    call.Resume()
    until("call bob OUTGOING_P2P INPROGRESS")
    call.Finish()
    until("call bob OUTGOING_P2P FINISHED")
    print("calls", call.Status, len(skype.ActiveCalls), [c.Id == call.Id for c in skype.Calls("bob")])
    skype.SendMessage("bob", "bye")
    until("message bob RECEIVED")


def bob():
    print("asks", until("asks ann"))
    print("waiting", [user.Handle for user in skype.UsersWaitingAuthorization])
    other.IsAuthorized = True
    print("authorised", other.IsAuthorized, repr(other._Property("RECEIVEDAUTHREQUEST", Cache=False)))
    key = until("message ann RECEIVED")
    message = skype.Message(int(key))
    print("message", repr(message.Body), message.Type, message.FromDisplayName, message.IsEditable)
    print("missed", [chat.DialogPartner for chat in skype.MissedChats])
    message.Chat.SendMessage("fine, and you?")
    call = skype.Call(int(until("call ann INCOMING_P2P RINGING")))
    print("edited", skype.Message(int(key))._Property("BODY", Cache=False))
    call.Answer()
    until("call ann INCOMING_P2P INPROGRESS")
    until("call ann INCOMING_P2P REMOTEHOLD")
    until("call ann INCOMING_P2P FINISHED")
    print("statuses", " ".join(s.split()[3] for s in seen if s.startswith("call ann")))
    print("missed calls", len(skype.MissedCalls))
    with changed:
        changed.wait_for(lambda: len([s for s in seen if s.startswith("message ann RECEIVED")]) > 1, PATIENCE)
    skype.SendMessage("ann", "bye")
    until("message bob SENT")


(ann if sys.argv[2] == "ann" else bob)()
print("done")
