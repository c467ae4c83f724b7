"""The sign-in and consent pages, visited as a browser without scripts would: cookies, forms, redirects."""

from urllib.parse import parse_qs, urljoin, urlparse

import requests
from bs4 import BeautifulSoup

from checks import check


def authorization_code(authorize_url, email, password):
    """Opens the address an app gives its user, signs in, consents, and returns the code shown or sent."""
    session = requests.Session()
    session.trust_env = False
    answer = _get(session, authorize_url)
    answer = _submit(session, answer, "the sign-in form", _is_sign_in, {"text": email, "email": email, "password": password})
    answer = _submit(session, answer, "the consent form", _is_consent, {})
    code = parse_qs(urlparse(answer.url).query).get("code")
    check("the pages give a code", code, (answer.status_code, answer.url, answer.text))
    return code[0]


def _get(session, url):
    answer = session.get(url, timeout=30)
    check(f"GET {urlparse(url).path} is a page", answer.status_code == 200, (answer.status_code, answer.text))
    return answer


def _submit(session, answer, what, is_wanted, values):
    """Submits the form as found, its hidden fields included, with `values` for fields of these types."""
    forms = BeautifulSoup(answer.text, "html.parser").find_all("form")
    form = next((form for form in forms if is_wanted(form)), None)
    check(f"the page has {what}", form is not None, (answer.status_code, answer.url, answer.text))
    data = []
    for field in form.find_all("input"):
        if field.get("name"):
            kind = field.get("type", "text")
            if kind in ("checkbox", "radio") and not field.has_attr("checked"):
                continue
            data.append((field["name"], values.get(kind, field.get("value", ""))))
    button = next((button for button in form.find_all("button") if button.get("name") and not _is_refusal(button)), None)
    if button is not None:
        data.append((button["name"], button.get("value", "")))
    page = urlparse(answer.url)
    url = urljoin(answer.url, form.get("action") or answer.url)
    origin = f"{page.scheme}://{page.netloc}"
    return session.post(url, data=data, headers={"Origin": origin}, timeout=30)


def _is_sign_in(form):
    return form.find("input", {"type": "password"}) is not None


def _is_consent(form):
    return not _is_sign_in(form) and any(_is_approval(button) for button in form.find_all("button"))


def _is_approval(button):
    words = _words(button)
    return any(word in words for word in ("authorize", "authorise", "allow", "approve")) and not _is_refusal(button)


def _is_refusal(button):
    return any(word in _words(button) for word in ("deny", "refuse", "cancel"))


def _words(button):
    return " ".join([button.get("name", ""), button.get("value", ""), button.get_text()]).lower()
