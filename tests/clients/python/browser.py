"""Chromium at the pages: `browser.py scripts|no-scripts|keyboard|reading|public`.

The last looks at the pages named in PAGES, a JSON list of names and paths. Screenshots go to FERRODON_SCREENSHOTS, when
that is set.
"""

import base64
import json
import os
import sys
import tempfile
from pathlib import Path
from urllib.parse import parse_qs, urlparse

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from checks import check, until

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--no-proxy-server", "--lang=en",
]
AUTHORIZE_URL = os.environ["AUTHORIZE_URL"]

PHONE = {"width": 320, "height": 640, "deviceScaleFactor": 2, "mobile": True}
DESK = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
# The window that many applications open for the consent page.
POPUP = {"width": 500, "height": 600, "deviceScaleFactor": 1, "mobile": False}
SCREENSHOT_MAX_PX = 4000
CONTRAST_MIN = 4.5
TARGET_MIN_PX = 24
FIRST_VIEW_MAX_BYTES = 50_000
TABS_MAX = 30

# For each element with text of its own: the ratio of its colour to the colours behind it (WCAG 2.2, 1.4.3).
CONTRASTS = """
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const rgba = (colour) => {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
};
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
const behind = (element) => {
  const layers = [];
  for (let e = element; e; e = e.parentElement) layers.push(rgba(getComputedStyle(e).backgroundColor));
  const canvasColour = matchMedia('(prefers-color-scheme: dark)').matches
    && getComputedStyle(document.documentElement).colorScheme.includes('dark') ? [18, 18, 18, 1] : [255, 255, 255, 1];
  return layers.reverse().reduce((below, layer) => over(layer, below), canvasColour);
};
const luminance = (colour) => {
  const [r, g, b] = colour.slice(0, 3).map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
return [...document.body.querySelectorAll('*')].filter((e) => {
  const text = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) || (e.matches('input') && e.type !== 'hidden');
  const box = e.getBoundingClientRect();
  return text && e.checkVisibility() && box.width > 1 && box.height > 1;
}).map((e) => {
  const ground = behind(e);
  const [bright, dark] = [luminance(over(rgba(getComputedStyle(e).color), ground)), luminance(ground)].sort((a, b) => b - a);
  return {what: `${e.tagName.toLowerCase()} ${(e.textContent || e.name || '').trim().slice(0, 40)}`, ratio: (bright + 0.05) / (dark + 0.05)};
});
"""

# Fields that nobody can tell what they are for.
UNLABELLED = """
return [...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
  .filter((e) => ![...(e.labels ?? [])].some((label) => label.textContent.trim()) && !e.getAttribute('aria-label'))
  .map((e) => e.outerHTML);
"""

FOCUS = """
const e = document.activeElement, style = getComputedStyle(e);
const outline = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1;
return {what: `${e.tagName.toLowerCase()} ${(e.name || e.textContent || '').trim().slice(0, 40)}`,
        body: e === document.body, visible: outline || style.boxShadow !== 'none'};
"""

# What does not end within the window: text that cannot break, pictures, tables.
TOO_WIDE = """
return [...document.body.querySelectorAll('*')].filter((e) => e.checkVisibility() && !e.closest('.unseen, .skip, .invisible'))
  .filter((e) => { const box = e.getBoundingClientRect(); return box.right > innerWidth + 1 || box.left < -1; })
  .map((e) => e.outerHTML.slice(0, 120));
"""

IN_VIEW = """
const box = arguments[0].getBoundingClientRect();
const seen = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
return box.top >= 0 && box.bottom <= innerHeight && box.left >= 0 && box.right <= innerWidth && arguments[0].contains(seen);
"""

BROKEN_PICTURES = """
return [...document.images].filter((image) => image.complete && !image.naturalWidth).map((image) => image.src);
"""

SMALL_TARGETS = f"""
return [...document.querySelectorAll('button, input:not([type=hidden]), select')]
  .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, box]) => box.width < {TARGET_MIN_PX} || box.height < {TARGET_MIN_PX}).map(([html]) => html);
"""


def browser(scripts=True):
    options = Options()
    options.binary_location = CHROMIUM
    for flag in FLAGS:
        options.add_argument(flag)
    profile = tempfile.mkdtemp(prefix="chromium-", dir=os.environ["HOME"])
    options.add_argument(f"--user-data-dir={profile}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    if not scripts:
        options.add_experimental_option("prefs", {"profile.managed_default_content_settings.javascript": 2})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.set_page_load_timeout(30)
    return driver


def open_page(driver, url):
    driver.get(url)
    check("the sign-in page opens", driver.find_elements(By.CSS_SELECTOR, "input[type=password]"), driver.page_source)


def sign_in(driver):
    driver.find_element(By.CSS_SELECTOR, "input[type=email], input[type=text]").send_keys(os.environ["ALICE_EMAIL"])
    password = driver.find_element(By.CSS_SELECTOR, "input[type=password]")
    password.send_keys(os.environ["ALICE_PASSWORD"])
    password.find_element(By.XPATH, "./ancestor::form//button").click()
    until("the consent page comes", lambda: approval(driver))


def approval(driver):
    """The button that lets the app in: its own words say so. `None` while the page is changing, when the
    driver answers with one error or another about what it was just looking at."""
    try:
        return find_approval(driver)
    except WebDriverException:
        return None


def find_approval(driver):
    for button in driver.find_elements(By.TAG_NAME, "button"):
        words = " ".join([button.get_attribute("name") or "", button.get_attribute("value") or "", button.text]).lower()
        if any(word in words for word in ("authorize", "authorise", "allow", "approve")) and "den" not in words:
            return button
    return None


def assert_code_shown(driver):
    code = until("the page has a code", lambda: parse_qs(urlparse(driver.current_url).query).get("code"))[0]
    body = driver.find_element(By.TAG_NAME, "body").text
    fields = [field.get_attribute("value") for field in driver.find_elements(By.CSS_SELECTOR, "input, textarea")]
    check("and shows it", code in body or code in fields, body)


def screenshot(driver, name, whole=False):
    """What the window shows; `whole`: all of the page."""
    directory = os.environ.get("FERRODON_SCREENSHOTS")
    if not directory:
        return
    Path(directory).mkdir(parents=True, exist_ok=True)
    file = Path(directory) / f"{name}.png"
    if not whole:
        driver.save_screenshot(str(file))
        return
    width, height = driver.execute_script("return [innerWidth, document.documentElement.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": width, "height": min(height, SCREENSHOT_MAX_PX), "scale": 1}
    taken = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip})
    file.write_bytes(base64.b64decode(taken["data"]))


def with_scripts(driver):
    open_page(driver, AUTHORIZE_URL)
    origin = "{0.scheme}://{0.netloc}".format(urlparse(AUTHORIZE_URL))
    entries = driver.execute_script("return performance.getEntries().filter((e) => e.transferSize !== undefined).map((e) => [e.name, e.transferSize])")
    check("nothing comes from elsewhere", all(name.startswith(origin) for name, _ in entries), entries)
    check("the first view is small", sum(size for _, size in entries) <= FIRST_VIEW_MAX_BYTES, entries)
    sign_in(driver)
    approval(driver).click()
    assert_code_shown(driver)
    severe = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
    check("the console has no errors", not severe, severe)


def without_scripts(driver):
    driver.get("data:text/html,<title>off</title><script>document.title='on'</script>")
    check("scripts are off", driver.title == "off", driver.title)
    open_page(driver, AUTHORIZE_URL)
    sign_in(driver)
    screenshot(driver, "consent-no-scripts")
    approval(driver).click()
    assert_code_shown(driver)


def by_keyboard(driver):
    open_page(driver, AUTHORIZE_URL)
    tab_to(driver, "the name field", lambda e: e.get_attribute("type") in ("email", "text"))
    ActionChains(driver).send_keys(os.environ["ALICE_EMAIL"]).perform()
    tab_to(driver, "the password field", lambda e: e.get_attribute("type") == "password")
    ActionChains(driver).send_keys(os.environ["ALICE_PASSWORD"]).send_keys(Keys.ENTER).perform()
    until("Enter signs in", lambda: approval(driver))
    tab_to(driver, "the button that lets the app in", lambda e: e == approval(driver))
    screenshot(driver, "consent-focus")
    ActionChains(driver).send_keys(Keys.ENTER).perform()
    assert_code_shown(driver)


def tab_to(driver, what, wanted):
    """Presses Tab until there; each stop on the way has to show that it has the focus."""
    for _ in range(TABS_MAX):
        focus = driver.execute_script(FOCUS)
        if not focus["body"]:
            check(f"focus shows on {focus['what']}", focus["visible"], focus)
            if wanted(driver.switch_to.active_element):
                check(f"Tab reaches {what}", True)
                return
        ActionChains(driver).send_keys(Keys.TAB).perform()
    check(f"Tab reaches {what}", False, f"not within {TABS_MAX} stops")


def reading(driver):
    english = sign_in_page_in(driver, "en", "ltr")
    arabic = sign_in_page_in(driver, "ar", "rtl")
    japanese = sign_in_page_in(driver, "ja", "ltr")
    check("Arabic is in Arabic letters", any("\u0600" <= letter <= "\u06ff" for letter in arabic), arabic)
    check("Japanese is in kana", any("\u3040" <= letter <= "\u30ff" for letter in japanese), japanese)
    check("each says it in its own words", len({english, arabic, japanese}) == 3)

    open_page(driver, AUTHORIZE_URL)
    driver.find_element(By.CSS_SELECTOR, "input[type=email], input[type=text]").send_keys("nobody@mail.test")
    driver.find_element(By.CSS_SELECTOR, "input[type=password]").send_keys("wrong", Keys.ENTER)
    until("a wrong password is told in words", lambda: [e for e in driver.find_elements(By.CSS_SELECTOR, "[role=alert]") if e.text])
    look_at(driver, "sign-in-wrong")
    sign_in_again(driver)
    for lang, direction in (("en", "ltr"), ("ar", "rtl"), ("ja", "ltr")):
        driver.get(f"{AUTHORIZE_URL}&lang={lang}")
        assert_language(driver, lang, direction)
        look_at(driver, f"consent-{lang}")
    driver.get(f"{AUTHORIZE_URL}&lang=en")
    approval(driver).click()
    assert_code_shown(driver)
    look_at(driver, "code")


def public(driver):
    """The pages that everybody may see, then those of somebody who is signed in."""
    origin = "{0.scheme}://{0.netloc}".format(urlparse(AUTHORIZE_URL))
    for name, path in json.loads(os.environ["PAGES"]):
        driver.get(origin + path)
        look_at(driver, name)
    rtl = json.loads(os.environ["PAGES"])[0][1]
    driver.get(f"{origin}{rtl}?lang=ar")
    look_at(driver, "first-ar")

    driver.get(f"{origin}/auth/sign_up")
    tick = driver.find_element(By.NAME, "agreement")
    check("the checkbox is a small square", tick.size["width"] == tick.size["height"] and tick.size["width"] <= 32, tick.size)
    label = tick.find_element(By.XPATH, "./ancestor::label")
    check("its words are beside it", label.size["height"] < 120 and label.size["width"] > 200, label.size)

    open_page(driver, AUTHORIZE_URL)
    sign_in(driver)
    for viewport, name in ((POPUP, "popup"), (PHONE, "phone")):
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", viewport)
        for lang in ("en", "ar", "ja"):
            driver.get(f"{AUTHORIZE_URL}&lang={lang}")
            buttons = driver.find_elements(By.CSS_SELECTOR, ".actions button")
            shown = [driver.execute_script(IN_VIEW, button) for button in buttons]
            check(f"both buttons are in view in a {name} ({lang})", shown == [True, True], shown)
            screenshot(driver, f"consent-{name}-{lang}")
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    for name, path in (("home-signed-in", "/"), ("sign-out", "/auth/sign_out")):
        driver.get(origin + path)
        check(f"{name}: says who is signed in", "@alice@" in driver.find_element(By.TAG_NAME, "main").text)
        look_at(driver, name)
    driver.find_element(By.CSS_SELECTOR, "main form button").click()
    until("signed out", lambda: driver.find_elements(By.CSS_SELECTOR, "main a[href='/auth/sign_up']"))


def sign_in_page_in(driver, lang, direction):
    """Looks at the sign-in page in a language and returns its words."""
    open_page(driver, f"{AUTHORIZE_URL}&lang={lang}")
    assert_language(driver, lang, direction)
    look_at(driver, f"sign-in-{lang}")
    return driver.find_element(By.TAG_NAME, "body").text


def sign_in_again(driver):
    name = driver.find_element(By.CSS_SELECTOR, "input[type=email], input[type=text]")
    name.clear()
    sign_in(driver)


def assert_language(driver, lang, direction):
    html = driver.find_element(By.TAG_NAME, "html")
    check(f"the page says that it is in {lang}", html.get_attribute("lang").split("-")[0] == lang, html.get_attribute("lang"))
    seen = driver.execute_script("return getComputedStyle(document.body).direction")
    check(f"and runs {direction}", seen == direction and (direction == "ltr" or html.get_attribute("dir") == direction), seen)


def look_at(driver, name):
    """Everything a page owes its reader, in both colour schemes, on a desk and on a phone."""
    check(f"{name}: has a title", driver.title.strip())
    check(f"{name}: has one heading and a main part", (count(driver, "h1"), count(driver, "main")) == (1, 1))
    check(f"{name}: every picture is there", not (broken := driver.execute_script(BROKEN_PICTURES)), broken)
    check(f"{name}: every field has a label", not (unlabelled := driver.execute_script(UNLABELLED)), unlabelled)
    for scheme in ("light", "dark"):
        # Without motion, so that no colour is looked at on its way to another.
        features = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        media = {"features": [{"name": name, "value": value} for name, value in features.items()]}
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", DESK)
        poor = [seen for seen in driver.execute_script(CONTRASTS) if seen["ratio"] < CONTRAST_MIN]
        check(f"{name}: contrast in {scheme} is at least {CONTRAST_MIN}", not poor, poor)
        screenshot(driver, f"{name}-{scheme}", whole=True)
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", PHONE)
        width = driver.execute_script("return Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)")
        wide = driver.execute_script(TOO_WIDE)
        check(f"{name}: fits {PHONE['width']} px", width <= PHONE["width"] and not wide, (width, wide))
        check(f"{name}: fingers hit what they aim at", not (small := driver.execute_script(SMALL_TARGETS)), small)
        screenshot(driver, f"{name}-{scheme}-phone", whole=True)
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def count(driver, selector):
    return len(driver.find_elements(By.CSS_SELECTOR, selector))


def main():
    scenarios = {"scripts": with_scripts, "no-scripts": without_scripts, "keyboard": by_keyboard, "reading": reading, "public": public}
    scenario = sys.argv[1]
    driver = browser(scripts=scenario != "no-scripts")
    try:
        scenarios[scenario](driver)
    finally:
        driver.quit()


main()
